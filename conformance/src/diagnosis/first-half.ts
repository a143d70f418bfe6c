import { toBinary, unsigned } from '../oracle/bytes.js';
import { HASH_BYTES, type HashName, hashOf, unmaskOaep } from '../oracle/oaep.js';
import type { DiagnosisId } from './diagnoses.js';
import type { RememberingKek } from './remembering-kek.js';

export interface OpenedFirstHalf {
  /** How the padding differs from the right one; null where it is the right one. */
  readonly id: DiagnosisId | null;
  /** What was wrapped; the caller wipes it. */
  readonly message: Uint8Array;
}

/** Opens what RSA encrypted by any padding that is known. Null where none fits, or where there is no time for it. */
export function openFirstHalf(first: Uint8Array, kek: RememberingKek): OpenedFirstHalf | null {
  if (first.length !== kek.bytes || unsigned(toBinary(first)) >= kek.n || !kek.affords(first)) return null;
  const block = kek.privateOperation(first);
  try {
    return readOaep(block) ?? readPkcs1(block) ?? readRaw(block);
  } finally {
    block.fill(0);
  }
}

const HASHES = Object.keys(HASH_BYTES) as readonly HashName[];

function readOaep(block: Uint8Array): OpenedFirstHalf | null {
  if (block[0] !== 0) return null;
  let labelled: OpenedFirstHalf | null = null;
  for (const hash of HASHES) {
    for (const mgf1 of HASHES) {
      const data = unmaskOaep(block, hash, mgf1);
      const opened = readData(data, hash, mgf1);
      data.fill(0);
      if (opened === null) continue;
      if (!isLabelled(opened)) {
        labelled?.message.fill(0);
        return opened;
      }
      labelled = opened;
    }
  }
  return labelled;
}

/** Hash of the label, zeros, 01, message (RFC 8017 section 7.1.1), whatever the label is. */
function readData(data: Uint8Array, hash: HashName, mgf1: HashName): OpenedFirstHalf | null {
  const start = HASH_BYTES[hash];
  const separator = data.findIndex((byte, index) => index >= start && byte !== 0);
  if (data[separator] !== 1) return null;
  const empty = hashOf(hash).equals(data.subarray(0, start));
  // Eight zeros and 01 come out of wrong hashes once in 2^72 blocks.
  if (!empty && separator - start < 8) return null;
  const message = Uint8Array.from(data.subarray(separator + 1));
  if (empty) return { id: nameOfHashes(hash, mgf1), message };
  return { id: hash === 'sha1' && mgf1 === 'sha1' ? 'oaep/label' : 'oaep/other-hash-and-label', message };
}

function isLabelled({ id }: OpenedFirstHalf): boolean {
  return id === 'oaep/label' || id === 'oaep/other-hash-and-label';
}

function nameOfHashes(hash: HashName, mgf1: HashName): DiagnosisId | null {
  const names: Readonly<Record<string, DiagnosisId | null>> = {
    'sha1 sha1': null,
    'sha256 sha256': 'oaep/sha-256',
    'sha384 sha384': 'oaep/sha-384',
    'sha512 sha512': 'oaep/sha-512',
    'sha256 sha1': 'oaep/sha-256-mgf1-sha-1',
    'sha384 sha1': 'oaep/sha-384-mgf1-sha-1',
    'sha512 sha1': 'oaep/sha-512-mgf1-sha-1',
    'sha1 sha256': 'oaep/sha-1-mgf1-sha-256',
  };
  const name = names[`${hash} ${mgf1}`];
  return name === undefined ? 'oaep/mixed-hashes' : name;
}

/** The paddings of PKCS#1 v1.5, for encryption (02, at least eight bytes that are not zero) and for signatures (01, FF). */
function readPkcs1(block: Uint8Array): OpenedFirstHalf | null {
  const [zero, type] = block;
  const end = block.indexOf(0, 2);
  if (zero !== 0 || end < 10 || (type !== 1 && type !== 2)) return null;
  if (type === 1 && block.subarray(2, end).some((byte) => byte !== 0xff)) return null;
  // By chance 00 02 begins one block of 2^16: only what has the length of an AES key is believed.
  const message = Uint8Array.from(block.subarray(end + 1));
  if (![16, 24, 32].includes(message.length)) return null;
  return { id: type === 2 ? 'oaep/pkcs1-v1.5' : 'oaep/signature-padding', message };
}

/** An AES key of 256 bits, or of fewer, behind zeros alone. */
function readRaw(block: Uint8Array): OpenedFirstHalf | null {
  const start = block.findIndex((byte) => byte !== 0);
  const length = [16, 24, 32].find((size) => start >= block.length - size);
  return length === undefined ? null : { id: 'oaep/raw-rsa', message: Uint8Array.from(block.subarray(-length)) };
}

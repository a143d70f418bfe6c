import { createPrivateKey, type KeyObject } from 'node:crypto';
import {
  inspectByok,
  type Kid,
  readByok,
  readTargetKey,
  splitCiphertext,
  type TargetKey,
  type TargetType,
  thumbprintOf,
  unwrapPracticeAesKey,
  unwrapPracticeTarget,
} from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import type { Engine, GroupKek, Verdict } from './engine.js';
import { STAGES, type Stage } from './format.js';

/** node:crypto, through @keyferry/blob. The only file of this program that imports it. */
export const nodeEngine: Engine = {
  readEnvelope(bytes, kekBits) {
    return verdictOf(bytes, (doubts) => {
      const { kid, ciphertext } = readBlob(bytes, doubts);
      splitCiphertext(ciphertext, kekBits / 8);
      return { kid: kid.text, ct: ciphertext.toString('hex') };
    });
  },

  unwrapAesKey(kek, ciphertext) {
    return verdictOf(null, (doubts) => ({ msg: aesKeyOf(privateKeyOf(kek), ciphertext, doubts).toString('hex') }));
  },

  unwrapTarget(aesKey, ciphertext) {
    return verdictOf(null, () => ({ msg: unwrapPracticeTarget(aesKey, ciphertext).toString('hex') }));
  },

  openBlob(kek, bytes) {
    return verdictOf(bytes, (doubts) => {
      const { kid, ciphertext } = readBlob(bytes, doubts);
      const key = privateKeyOf(kek);
      const halves = splitCiphertext(ciphertext, (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
      const aesKey = aesKeyOf(key, halves.wrappedAesKey, doubts);
      const plaintext = unwrapPracticeTarget(aesKey, halves.wrappedTargetKey);
      const { publicKey } = readTarget(plaintext, typeOf(plaintext), kid, doubts);
      return { msg: plaintext.toString('hex'), thumbprint: publicKey && thumbprintOf(publicKey) };
    });
  },

  readTarget(encoding, type) {
    return verdictOf(null, (doubts) => {
      const { publicKey } = readTarget(encoding, type, null, doubts);
      return { thumbprint: publicKey && thumbprintOf(publicKey) };
    });
  },
};

function readBlob(bytes: Uint8Array, doubts: Stage[]): { kid: Kid; ciphertext: Buffer } {
  const { kid, ciphertext, findings } = readByok(bytes);
  if (findings.length > 0) doubts.push('envelope');
  return { kid, ciphertext };
}

function aesKeyOf(key: KeyObject, wrapped: Uint8Array, doubts: Stage[]): Buffer {
  const aesKey = unwrapPracticeAesKey(key, wrapped);
  if (aesKey.length !== 32) doubts.push('aes-size');
  return aesKey;
}

function readTarget(bytes: Uint8Array, type: TargetType, kid: Kid | null, doubts: Stage[]): TargetKey {
  const target = readTargetKey(bytes, type);
  if (target.trailingBytes > 0) {
    // What SoftHSM 2.6.1 adds, and no more.
    if (!target.trailingZero || target.trailingBytes > 7 || bytes.length % 8 !== 0) throw new Refused('encoding');
    doubts.push('encoding');
  }
  if (type === 'oct' && kid?.vault.kind === 'vault') throw new Refused('policy');
  return target;
}

/** What a plaintext is read as: the bytes of an AES key by their number, else PKCS#8 by its algorithm. */
function typeOf(plaintext: Uint8Array): TargetType {
  if ([16, 24, 32].includes(plaintext.length)) return 'oct';
  return Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.length).includes(RSA_ENCRYPTION) ? 'RSA' : 'EC';
}

const RSA_ENCRYPTION = Buffer.from('06092a864886f70d010101', 'hex');

class Refused extends Error {
  readonly stage: Stage;

  constructor(stage: Stage) {
    super(stage);
    this.stage = stage;
  }
}

/** `blob` is the file, where there is one. */
function verdictOf(blob: Uint8Array | null, read: (doubts: Stage[]) => Record<string, string | null>): Verdict {
  const doubts: Stage[] = [];
  try {
    return { accepted: true, facts: read(doubts), doubt: doubts[0] ?? null };
  } catch (error) {
    if (error instanceof Refused) return { accepted: false, stage: error.stage };
    if (!(error instanceof KeyferryError)) throw error;
    return { accepted: false, stage: stageOf(error, blob) };
  }
}

function stageOf({ code, values }: KeyferryError, blob: Uint8Array | null): Stage {
  const told = STAGES.find((stage) => stage === values.stage);
  if (told !== undefined) return told;
  if (code.startsWith('KID_')) return 'kid';
  if (code !== 'BLOB_CIPHERTEXT') return 'envelope';
  const first = blob && inspectByok(blob).findings.find(({ level }) => level === 'error');
  return first === undefined || first?.id === 'ciphertext-impossible-length' ? 'length' : 'envelope';
}

const keys = new Map<string, KeyObject>();

function privateKeyOf({ privateKeyPkcs8 }: GroupKek): KeyObject {
  const der = Buffer.from(privateKeyPkcs8, 'hex');
  const known = keys.get(privateKeyPkcs8) ?? createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  keys.set(privateKeyPkcs8, known);
  return known;
}

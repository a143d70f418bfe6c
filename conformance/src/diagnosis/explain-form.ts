import { bitsOf, integerOf, isSequence, type Node, octetsOf, oidOf, parseDer } from '../oracle/der.js';
import type { DiagnosisId } from './diagnoses.js';
import type { Evidence } from './evidence.js';
import { beginsWithPkcs8, opensByKwp } from './key-forms.js';

/** What stands in the place of PKCS#8 or of an AES key. */
export function explainForm({ plaintext, aesKey }: Evidence): DiagnosisId {
  const bytes = Buffer.from(plaintext ?? []);
  if (aesKey && opensByKwp(aesKey, bytes)) return 'form/wrapped-twice';
  const id = explainText(bytes.toString('latin1')) ?? explainMagic(bytes) ?? explainAsn1(bytes) ?? explainBytes(bytes);
  bytes.fill(0);
  return id;
}

function explainText(text: string): DiagnosisId | null {
  const flat = text.replace(/\s/g, '');
  const digits = /^[0-9A-Fa-f]+$/.test(flat);
  const base64 = /^[0-9A-Za-z+/_-]+={0,2}$/.test(flat);
  if (digits && [32, 48, 64].includes(flat.length)) return 'form/aes-hex';
  if (base64 && /^(.{22}(==)?|.{32}|.{43}=?)$/.test(flat)) return 'form/aes-base64';
  if (text.includes('-----BEGIN ')) return 'form/pem';
  if (/^\s*\{/.test(text)) return 'form/jwk';
  if (/^\s*</.test(text)) return 'form/xml';
  if (digits) return 'form/hex';
  return base64 ? 'form/base64' : null;
}

/** Key blobs of Windows (bcrypt.h, wincrypt.h) and OpenSSH's PROTOCOL.key begin with a magic. */
function explainMagic(bytes: Buffer): DiagnosisId | null {
  const start = bytes.toString('latin1', 0, 16);
  if (/^(RSA[123]|EC[KS][1-6]|KDBM)/.test(start) || start.startsWith('\x07\x02\0\0')) return 'form/windows-blob';
  return start.startsWith('openssh-key-v1\0') ? 'form/openssh' : null;
}

function explainAsn1(bytes: Buffer): DiagnosisId | null {
  const node = parseDer(bytes)?.node;
  if (octetsOf(node) !== null) return 'form/octet-string';
  if (!isSequence(node)) return null;
  const [first, second, third] = node.value;
  if (isSequence(first)) return explainPublic(first, second, third);
  if (integerOf(first) === null) return 'form/other-asn1';
  if (integerOf(first) === '\x01' && octetsOf(second) !== null) return 'form/sec1';
  if (integerOf(second) !== null) return third ? 'form/pkcs1' : 'form/rsa-public-key';
  if (integerOf(first) === '\x03' && isSequence(second)) return 'form/pkcs12';
  return isSequence(second) && oidOf(second.value[0]) !== null ? 'form/unknown-field' : 'form/other-asn1';
}

function explainPublic(first: Node, second: Node | undefined, third: Node | undefined): DiagnosisId {
  if (isSequence(second) && bitsOf(third) !== null) return 'form/certificate';
  if (bitsOf(second) !== null) return 'form/spki';
  return octetsOf(second) !== null && isSequence(first) ? 'form/encrypted-pkcs8' : 'form/other-asn1';
}

function explainBytes(bytes: Buffer): DiagnosisId {
  if (isTruncated(bytes)) return 'form/truncated';
  for (let before = 1; before <= 16; before++) {
    if (beginsWithPkcs8(bytes.subarray(before))) return 'form/bytes-before';
  }
  return [20, 28, 48, 65, 66].includes(bytes.length) ? 'form/bare-scalar' : 'form/unknown';
}

/** A SEQUENCE that says a greater length than there is. */
function isTruncated(bytes: Buffer): boolean {
  if (bytes[0] !== 0x30 || bytes.length < 5) return false;
  const octets = (bytes[1] ?? 0) - 0x80;
  const length = octets <= 0 ? (bytes[1] ?? 0) : octets <= 3 ? bytes.readUIntBE(2, octets) : 0;
  const room = bytes.length - 2 - Math.max(octets, 0);
  return length > room && length < 16384;
}

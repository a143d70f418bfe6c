import { isHsmError, type Mechanism, type ObjectHandle, type Session } from '@keyferry/pkcs11';
import type { RsaPadding, SignatureAlgorithm } from '../rules/algorithms.js';
import { badParameter } from '../rules/refusal.js';
import { CURVE_FACTS } from './curves.js';
import type { AesMode, AesText } from './engine.js';
import { AES_KW, aesCbc, aesGcm, ECDSA, OAEP_SHA1, pss, RSA_PKCS1, RSA_RAW } from './mechanisms.js';
import { decodeOaep, digestInfo } from './pkcs1.js';
import type { KeyMaterial } from './record.js';

export function sign(
  session: Session,
  key: ObjectHandle,
  algorithm: SignatureAlgorithm,
  digest: Buffer,
): Promise<Buffer> {
  return session.sign(mechanismOf(algorithm), key, signedBytes(algorithm, digest));
}

/**
 * Verifies in the token too: node:crypto takes messages, not digests. No signature at all is none that verifies; SoftHSM
 * would call it a bad argument.
 */
export async function verifySignature(
  session: Session,
  material: KeyMaterial,
  algorithm: SignatureAlgorithm,
  digest: Buffer,
  signature: Buffer,
): Promise<boolean> {
  if (signature.length === 0) return false;
  return session.temporary(async (own) => {
    const publicKey = own(session.create(publicTemplate(material)));
    return session.verify(mechanismOf(algorithm), publicKey, signedBytes(algorithm, digest), signature);
  });
}

function mechanismOf({ scheme, hash }: SignatureAlgorithm): Mechanism {
  return scheme === 'ecdsa' ? ECDSA : scheme === 'pss' ? pss(hash) : RSA_PKCS1;
}

function signedBytes({ scheme, hash }: SignatureAlgorithm, digest: Buffer): Buffer {
  return scheme === 'pkcs1' ? digestInfo(hash, digest) : digest;
}

function publicTemplate(material: KeyMaterial) {
  const common = { class: 'public-key', token: false, private: false, verify: true } as const;
  const bytes = (text: string) => Buffer.from(text, 'base64url');
  if (material.type === 'RSA') {
    return { ...common, keyType: 'RSA', modulus: bytes(material.n), publicExponent: bytes(material.e) } as const;
  }
  if (material.type === 'oct') throw new TypeError('a symmetric key has no public part');
  const point = Buffer.concat([Buffer.of(4), bytes(material.x), bytes(material.y)]);
  const header = point.length < 128 ? [4, point.length] : [4, 0x81, point.length];
  const ecPoint = Buffer.concat([Buffer.from(header), point]);
  return { ...common, keyType: 'EC', ecParams: CURVE_FACTS[material.crv].ecParams, ecPoint } as const;
}

/** One message for every fault of the padding: which one it was shall not show. */
export async function rsaDecrypt(
  session: Session,
  key: ObjectHandle,
  rsa: RsaPadding,
  ciphertext: Buffer,
): Promise<Buffer> {
  const mechanism = rsa.padding === 'pkcs1' ? RSA_PKCS1 : rsa.hash === 'sha1' ? OAEP_SHA1 : RSA_RAW;
  const decrypted = await orRefuse(session.decrypt(mechanism, key, ciphertext));
  if (mechanism !== RSA_RAW) return decrypted;
  const block = Buffer.concat([Buffer.alloc(ciphertext.length - decrypted.length), decrypted]);
  const message = decodeOaep(block, 'sha256');
  decrypted.fill(0);
  block.fill(0);
  if (message === null) throw cannotDecrypt();
  return message;
}

const TAG_BYTES = 16;

export async function aesEncrypt(session: Session, key: ObjectHandle, mode: AesMode, text: AesText): Promise<AesText> {
  const encrypted = await session.encrypt(aesMechanism(mode, text), key, text.value);
  if (mode !== 'gcm') return { value: encrypted };
  return { value: encrypted.subarray(0, -TAG_BYTES), tag: encrypted.subarray(-TAG_BYTES) };
}

export function aesDecrypt(session: Session, key: ObjectHandle, mode: AesMode, text: AesText): Promise<Buffer> {
  const ciphertext = mode === 'gcm' ? Buffer.concat([text.value, text.tag ?? Buffer.alloc(0)]) : text.value;
  return orRefuse(session.decrypt(aesMechanism(mode, text), key, ciphertext));
}

function aesMechanism(mode: AesMode, { iv = Buffer.alloc(0), aad = Buffer.alloc(0) }: AesText): Mechanism {
  return mode === 'gcm' ? aesGcm(iv, aad) : aesCbc(iv, { pad: mode === 'cbc-pad' });
}

/** RFC 3394 of bytes that the client has sent: for the token they are a key of no special kind. */
export function aesWrap(session: Session, key: ObjectHandle, value: Buffer): Promise<Buffer> {
  return session.temporary(async (own) => {
    const target = own(session.create({ ...PLAIN_SECRET, value }));
    return session.wrapKey(AES_KW, key, target);
  });
}

export function aesUnwrap(session: Session, key: ObjectHandle, wrapped: Buffer): Promise<Buffer> {
  return session.temporary(async (own) => {
    const target = own(await orRefuse(session.unwrapKey(AES_KW, key, wrapped, PLAIN_SECRET)));
    const value = session.read(target, 'value');
    if (value === null) throw cannotDecrypt();
    return value;
  });
}

const PLAIN_SECRET = {
  class: 'secret-key',
  keyType: 'generic-secret',
  token: false,
  private: true,
  sensitive: false,
  extractable: true,
} as const;

/** What the standard says to a ciphertext that does not fit, and the 0x5 and 0x6 that SoftHSM says. */
const CIPHERTEXT_FAULTS = [0x05, 0x06, 0x20, 0x21, 0x40, 0x41, 0x42, 0x110, 0x112];

async function orRefuse<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isHsmError(error, ...CIPHERTEXT_FAULTS)) throw cannotDecrypt();
    throw error;
  }
}

function cannotDecrypt() {
  return badParameter('The value cannot be decrypted with this key and algorithm.');
}

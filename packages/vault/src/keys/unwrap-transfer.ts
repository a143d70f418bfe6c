import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { isHsmError, type ObjectHandle, type Session } from '@keyferry/pkcs11';
import type { OnStep } from '../log/import-steps.js';
import { type Exponents, RSA_BITS, type TargetSpec } from '../rules/key-types.js';
import { badParameter } from '../rules/refusal.js';
import { CURVE_FACTS } from './curves.js';
import { recoverEcPublicKey } from './ec-public-key.js';
import type { Transfer } from './engine.js';
import { AES_ECB, AES_KEY_GEN, AES_KWP, OAEP_SHA1, RSA_PKCS1 } from './mechanisms.js';
import { digestInfo } from './pkcs1.js';
import type { KeyMaterial } from './record.js';
import { LOCKED_IN, TEMPORARY, WRAPS_ONLY } from './templates.js';

/**
 * Return values that come from what the blob holds, not from the state of the HSM. SoftHSM 2.6.1 says 0x5 to a wrong
 * padding, 0x6 to what is no PKCS#8 or of another type, 0x112 to an odd length, 0x70 to the use of an AES key that has
 * neither 16, 24 nor 32 bytes, and 0x69 to wrapping one that has none; the others are what the standard names.
 */
const CONTENT_FAULTS = [
  0x05, 0x06, 0x07, 0x13, 0x20, 0x21, 0x40, 0x41, 0x62, 0x63, 0x69, 0x70, 0x71, 0x110, 0x112, 0x113, 0x114, 0x115,
];
const FUNCTION_FAILED = 0x06;

/** 65537 without leading zero bytes. */
const USUAL_EXPONENT = Buffer.of(1, 0, 1);
/** Larger exponents are nowhere in use, and some libraries refuse them. */
const MAX_EXPONENT_BYTES = 8;

/**
 * Opens a transfer inside the token and judges the target, as session objects only: A by RSA-OAEP into an AES key,
 * B by RFC 5649 into the target. Then `keep` may copy the target; both session objects are destroyed in any case.
 * No bytes of the AES key or the target are seen here.
 */
export function unwrapTransfer<T>(
  session: Session,
  kek: ObjectHandle,
  transfer: Transfer,
  spec: TargetSpec,
  keep: (target: ObjectHandle, material: KeyMaterial) => T,
  onStep: OnStep = () => undefined,
): Promise<T> {
  return session.temporary(async (own) => {
    const aesKey = own(await openAesKey(session, kek, transfer.wrappedAesKey));
    onStep('oaep', 'SHA-1, MGF1-SHA-1, empty label');
    onStep('aes-length', `${await checkAesKeyLength(session, aesKey, transfer.aesKeyBytes)} bytes`);
    const target = own(await openTarget(session, aesKey, transfer.wrappedTarget, spec, onStep));
    const material = await judge(session, target, spec, transfer.exponents, onStep);
    return keep(target, material);
  });
}

async function openAesKey(session: Session, kek: ObjectHandle, wrapped: Buffer): Promise<ObjectHandle> {
  try {
    return await session.unwrapKey(OAEP_SHA1, kek, wrapped, {
      ...TEMPORARY,
      class: 'secret-key',
      keyType: 'AES',
      // Its length can be proven only by wrapping it.
      extractable: true,
      encrypt: true,
      unwrap: true,
    });
  } catch (error) {
    if (!isHsmError(error, ...CONTENT_FAULTS)) throw error;
    throw badParameter(
      'The first part of the ciphertext does not open with RSA-OAEP (SHA-1, MGF1-SHA-1) under the KEK.',
      'OaepFailed',
    );
  }
}

/**
 * SoftHSM takes an AES key of any length here and tells none. Encryption takes 16, 24 and 32 bytes only, and RFC 5649
 * adds 8 bytes when the key is wrapped under a throwaway key: together they prove the length inside the token. In bytes.
 */
async function checkAesKeyLength(session: Session, aesKey: ObjectHandle, allowed: readonly number[]): Promise<number> {
  const wrapped = await orNull(session.wrapKey(AES_KWP, await throwawayOf(session), aesKey));
  const bytes = wrapped === null ? 0 : wrapped.length - 8;
  wrapped?.fill(0);
  if (allowed.includes(bytes) && (await encrypts(session, aesKey))) return bytes;
  const found = bytes === 0 ? 'none' : bytes > 64 ? 'more than 64' : `at most ${bytes}`;
  throw badParameter(`The wrapped AES key must have ${allowed.join(' or ')} bytes; found ${found}.`, 'AesKeySize');
}

const throwaways = new WeakMap<Session, ObjectHandle>();

/**
 * The throwaway key of a session, made once: it may stay until the session ends, since it protects nothing. Generated in
 * the token and never seen, it can be neither taken out nor used to unwrap what was wrapped for the sake of its length.
 */
async function throwawayOf(session: Session): Promise<ObjectHandle> {
  const known = throwaways.get(session);
  if (known !== undefined) return known;
  const template = {
    ...TEMPORARY,
    ...LOCKED_IN,
    ...WRAPS_ONLY,
    class: 'secret-key',
    keyType: 'AES',
    valueLen: 32,
  } as const;
  const key = await session.generateKey(AES_KEY_GEN, template);
  throwaways.set(session, key);
  return key;
}

async function encrypts(session: Session, aesKey: ObjectHandle): Promise<boolean> {
  return (await orNull(session.encrypt(AES_ECB, aesKey, Buffer.alloc(16)))) !== null;
}

async function openTarget(
  session: Session,
  aesKey: ObjectHandle,
  wrapped: Buffer,
  spec: TargetSpec,
  onStep: OnStep,
): Promise<ObjectHandle> {
  const common = { ...TEMPORARY, ...LOCKED_IN };
  try {
    const target =
      spec.type === 'oct'
        ? await session.unwrapKey(AES_KWP, aesKey, wrapped, {
            ...common,
            class: 'secret-key',
            keyType: 'AES',
            encrypt: true,
          })
        : await session.unwrapKey(AES_KWP, aesKey, wrapped, {
            ...common,
            class: 'private-key',
            keyType: spec.type,
            sign: true,
            ...(spec.type === 'EC' && { derive: true }),
          });
    onStep('kwp', 'RFC 5649');
    onStep('encoding', spec.type === 'oct' ? 'bare bytes' : `PKCS#8 of type ${spec.type}`);
    return target;
  } catch (error) {
    if (spec.type !== 'oct' && isHsmError(error, FUNCTION_FAILED)) {
      onStep('kwp', 'RFC 5649');
      throw badParameter(`What the ciphertext holds is no PKCS#8 private key of type ${spec.type}.`, 'TargetEncoding');
    }
    if (!isHsmError(error, ...CONTENT_FAULTS)) throw error;
    throw badParameter(
      'The second part of the ciphertext does not open with AES key wrap with padding (RFC 5649).',
      'KwpFailed',
    );
  }
}

/** What a key in the session is, once its type, size and consistency have been proven in the token. */
export async function judge(
  session: Session,
  target: ObjectHandle,
  spec: TargetSpec,
  exponents: Exponents,
  onStep: OnStep,
): Promise<KeyMaterial> {
  if (spec.type === 'RSA') return judgeRsa(session, target, exponents, onStep);
  if (spec.type === 'EC') return judgeEc(session, target, spec.crv, onStep);
  if (!(await encrypts(session, target))) {
    throw badParameter('The AES key must have 128, 192 or 256 bits.', 'TargetSize');
  }
  onStep('size', `AES-${spec.bits}`);
  return { type: 'oct', bits: spec.bits };
}

async function judgeRsa(
  session: Session,
  target: ObjectHandle,
  exponents: Exponents,
  onStep: OnStep,
): Promise<KeyMaterial> {
  const found = session.readTogether(target, ['modulus', 'publicExponent']);
  const modulus = unsigned(found.modulus);
  const exponent = unsigned(found.publicExponent);
  const bits = bitLength(modulus);
  if (!RSA_BITS.some((allowed) => allowed === bits)) {
    throw badParameter(`An RSA key must have ${RSA_BITS.join(', ')} bits; found ${bits}.`, 'TargetSize');
  }
  onStep('size', `RSA-${bits}`);
  checkExponent(exponent, exponents);
  const material = { type: 'RSA', bits, n: modulus.toString('base64url'), e: exponent.toString('base64url') } as const;
  if (!(await signsUnder(session, target, material))) {
    throw badParameter('A signature of the key does not verify under its own public part.', 'TargetInconsistent');
  }
  onStep('signature', 'verifies under the public part');
  return material;
}

/** Under 1 every number signs itself, and an even exponent has no private one. */
function checkExponent(exponent: Buffer, allowed: Exponents): void {
  if (exponent.equals(USUAL_EXPONENT)) return;
  const possible =
    ((exponent.at(-1) ?? 0) & 1) === 1 && !exponent.equals(Buffer.of(1)) && exponent.length <= MAX_EXPONENT_BYTES;
  if (possible && allowed === 'odd') return;
  const expected = allowed === 'odd' ? `odd, at least 3 and at most ${MAX_EXPONENT_BYTES * 8} bits long` : '65537';
  const found = possible ? BigInt(`0x${exponent.toString('hex')}`) : `another number of ${exponent.length} bytes`;
  throw badParameter(`The public exponent must be ${expected}; found ${found}.`, 'TargetExponent');
}

async function signsUnder(session: Session, key: ObjectHandle, { n, e }: { n: string; e: string }): Promise<boolean> {
  const message = randomBytes(32);
  const digest = createHash('sha256').update(message).digest();
  const signature = await orNull(session.sign(RSA_PKCS1, key, digestInfo('sha256', digest)));
  const publicKey = createPublicKey({ format: 'jwk', key: { kty: 'RSA', n, e } });
  return signature !== null && verify('sha256', message, publicKey, signature);
}

async function judgeEc(
  session: Session,
  target: ObjectHandle,
  crv: Extract<TargetSpec, { type: 'EC' }>['crv'],
  onStep: OnStep,
): Promise<KeyMaterial> {
  const found = session.read(target, 'ecParams');
  if (found === null || !CURVE_FACTS[crv].ecParams.equals(found)) {
    throw badParameter(`The EC key is not on the named curve ${crv} that the request names.`, 'TargetCurve');
  }
  onStep('curve', crv);
  const point = await orNull(recoverEcPublicKey(session, target, crv));
  if (point === null) throw badParameter('A signature of the key verifies under no public key.', 'TargetInconsistent');
  onStep('signature', 'verifies under the recovered public key');
  return { type: 'EC', crv, ...point };
}

/** Null when the token does not work with what the blob held. */
async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isHsmError(error, ...CONTENT_FAULTS)) return null;
    throw error;
  }
}

/** Without leading zero bytes. */
function unsigned(bytes: Buffer | null): Buffer {
  const start = bytes?.findIndex((byte) => byte !== 0) ?? -1;
  return bytes === null || start < 0 ? Buffer.alloc(0) : bytes.subarray(start);
}

function bitLength(bytes: Buffer): number {
  return bytes.length === 0 ? 0 : bytes.length * 8 - Math.clz32(bytes[0] ?? 0) + 24;
}

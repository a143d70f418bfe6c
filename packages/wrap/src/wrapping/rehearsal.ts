import { randomBytes } from 'node:crypto';
import type { PublicJwk, RsaPublicJwk } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { type Attributes, CKM, isHsmError, type Mechanism, type ObjectHandle, type Session } from '@keyferry/pkcs11';
import { readRsaPublicKey } from '../target/public-objects.js';
import { signSha256, verifiesSha256 } from '../target/signature.js';
import type { Target } from '../target/target.js';
import type { Wrapping } from './ladder.js';
import { wrapTarget } from './wrap-target.js';

export const REHEARSAL_WARNING =
  '--rehearse-target wraps the real key under a KEK that lives only in this session of the token, and unwraps it there again';

const REHEARSAL_KEK_BITS = 2048;

/**
 * Wraps the real key under a KEK of the session, unwraps it to a session object, and proves that it is the same key: by a
 * signature under the target's public key, or by the key check value. Nothing leaves the token; all objects are destroyed.
 * Errors: REHEARSAL_IMPOSSIBLE, REHEARSAL_FAILED, HSM_LEFTOVER.
 */
export async function rehearse(
  session: Session,
  target: Target,
  known: { readonly publicKey: PublicJwk | null; readonly kcv: string | null },
  wrapping: Wrapping,
  signal: AbortSignal,
): Promise<void> {
  if (target.attributes.wrapWithTrusted === true) {
    throw impossible('it may be wrapped under trusted keys only (CKA_WRAP_WITH_TRUSTED)');
  }
  if ((target.type === 'oct' ? known.kcv : known.publicKey) === null) {
    throw impossible(`the HSM gives no ${target.type === 'oct' ? 'key check value' : 'public key'} to compare with`);
  }
  await session.temporary(async (own) => {
    const kek = await generateKek(session, own);
    signal.throwIfAborted();
    const copy = own(await orFailed(() => thereAndBack(session, target, known.publicKey, wrapping, kek, own, signal)));
    signal.throwIfAborted();
    const same = await orFailed(() => isSameKey(session, target, copy, known));
    if (!same) throw failed('what came back is not the same key');
  });
}

interface RehearsalKek {
  readonly jwk: RsaPublicJwk;
  readonly privateKey: ObjectHandle;
}

async function generateKek(session: Session, own: (object: ObjectHandle) => ObjectHandle): Promise<RehearsalKek> {
  const label = 'keyferry rehearsal KEK';
  const pair = await session.generateKeyPair(
    { type: CKM.RSA_PKCS_KEY_PAIR_GEN },
    {
      token: false,
      private: false,
      label,
      wrap: true,
      modulusBits: REHEARSAL_KEK_BITS,
      publicExponent: Buffer.of(1, 0, 1),
    },
    { token: false, private: true, label, sensitive: true, extractable: false, unwrap: true },
  );
  const jwk = readRsaPublicKey(session, own(pair.publicKey));
  own(pair.privateKey);
  if (jwk === null) throw failed('the token does not show the public key that it has just made');
  return { jwk, privateKey: pair.privateKey };
}

async function thereAndBack(
  session: Session,
  target: Target,
  publicKey: PublicJwk | null,
  wrapping: Wrapping,
  kek: RehearsalKek,
  own: (object: ObjectHandle) => ObjectHandle,
  signal: AbortSignal,
): Promise<ObjectHandle> {
  const product = await wrapTarget(session, { kek: kek.jwk, target, wrapping }, signal);
  signal.throwIfAborted();
  if (wrapping.mechanism === 'rsa-aes-key-wrap') {
    return unwrapTarget(session, wrapping.outer, kek.privateKey, product, target, publicKey);
  }
  const kekBytes = REHEARSAL_KEK_BITS / 8;
  const aesKey = await session.unwrapKey(wrapping.outer, kek.privateKey, product.subarray(0, kekBytes), {
    class: 'secret-key',
    keyType: 'AES',
    ...KEPT_IN,
    unwrap: true,
  });
  return unwrapTarget(session, wrapping.inner, own(aesKey), product.subarray(kekBytes), target, publicKey);
}

const TEMPLATE_INCOMPLETE = 0xd0;

/** NSS takes an EC key back only with its public point in an attribute of its own. */
async function unwrapTarget(
  session: Session,
  mechanism: Mechanism,
  unwrappingKey: ObjectHandle,
  wrapped: Buffer,
  target: Target,
  publicKey: PublicJwk | null,
): Promise<ObjectHandle> {
  const template = templateOf(target);
  try {
    return await session.unwrapKey(mechanism, unwrappingKey, wrapped, template);
  } catch (error) {
    if (publicKey?.kty !== 'EC' || !isHsmError(error, TEMPLATE_INCOMPLETE)) throw error;
    const coordinates = [publicKey.x, publicKey.y].map((text) => Buffer.from(text, 'base64url'));
    const nssDb = Buffer.concat([Buffer.of(4), ...coordinates]);
    return session.unwrapKey(mechanism, unwrappingKey, wrapped, { ...template, nssDb });
  }
}

const KEPT_IN: Attributes = { token: false, private: true, sensitive: true, extractable: false };

function templateOf(target: Target): Attributes {
  if (target.type === 'oct') return { class: 'secret-key', keyType: 'AES', ...KEPT_IN, encrypt: true };
  return { class: 'private-key', keyType: target.type, ...KEPT_IN, sign: true };
}

async function isSameKey(
  session: Session,
  target: Target,
  copy: ObjectHandle,
  known: { readonly publicKey: PublicJwk | null; readonly kcv: string | null },
): Promise<boolean> {
  if (known.publicKey === null) return (await encryptedZeros(session, copy)) === known.kcv;
  const data = randomBytes(32);
  return verifiesSha256(known.publicKey, data, await signSha256(session, target.type, copy, data));
}

/** An unwrapped key has no check value of its own in some tokens, so it is computed. */
async function encryptedZeros(session: Session, key: ObjectHandle): Promise<string> {
  const block = await session.encrypt({ type: CKM.AES_ECB }, key, Buffer.alloc(16));
  return block.subarray(0, 3).toString('hex');
}

async function orFailed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isHsmError(error)) throw error;
    throw failed((error as KeyferryError).reason, error);
  }
}

function failed(reason: string, cause?: unknown): KeyferryError {
  return new KeyferryError('REHEARSAL_FAILED', { reason, cause });
}

function impossible(reason: string): KeyferryError {
  return new KeyferryError('REHEARSAL_IMPOSSIBLE', { reason });
}

import type { RsaPublicJwk } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { CKM, type ObjectHandle, type Session } from '@keyferry/pkcs11';
import type { Target } from '../target/target.js';
import { EPHEMERAL_AES_BITS, type Wrapping } from './ladder.js';

export interface WrapRequest {
  readonly kek: RsaPublicJwk;
  readonly target: Pick<Target, 'object' | 'type' | 'bits'>;
  readonly wrapping: Wrapping;
  /** For a target that wants trusted wrapping keys: objects that the security officer made. */
  readonly trusted?: TrustedKeys | null | undefined;
}

export interface TrustedKeys {
  /** The KEK; it is read back before its use like any other. */
  readonly kek: ObjectHandle;
  /** The AES key of the composite, in place of a fresh one; null with a single call, which makes its own. */
  readonly aesKey: ObjectHandle | null;
}

/**
 * Wraps the target under an AES-256 key and that under the KEK, all inside the token; returns
 * RSA-OAEP(AES key) || AES-KWP(target) (PKCS #11 v3.1 section 6.1.18). What is made for it, KEK and AES key, are session
 * objects, and destroyed on every path; trusted keys stay as they are.
 * Errors: KEK_NOT_AS_CONFIRMED, WRAP_PRODUCT, KEY_NOT_EXTRACTABLE, KEY_NEEDS_TRUSTED_KEK, HSM_ERROR, HSM_LEFTOVER.
 */
export async function wrapTarget(session: Session, request: WrapRequest, signal: AbortSignal): Promise<Buffer> {
  const product = await produce(session, request, signal);
  requireTargetLength(request.target, product.length - modulusBytes(request.kek));
  return product;
}

/** The same without the check of the length of the wrapped target: for a probe, which names what is wrong with it. */
export async function produce(session: Session, request: WrapRequest, signal: AbortSignal): Promise<Buffer> {
  const { kek, target, wrapping, trusted } = request;
  return session.temporary(async (own) => {
    const kekObject = trusted?.kek ?? own(createKek(session, kek));
    if (wrapping.mechanism === 'rsa-aes-key-wrap') {
      signal.throwIfAborted();
      requireConfirmedKek(session, kekObject, kek);
      return session.wrapKey(wrapping.outer, kekObject, target.object);
    }
    const aesKey = trusted?.aesKey ?? own(await generateEphemeralKey(session));
    signal.throwIfAborted();
    const wrappedTarget = await session.wrapKey(wrapping.inner, aesKey, target.object);
    signal.throwIfAborted();
    requireConfirmedKek(session, kekObject, kek);
    const wrappedAesKey = await session.wrapKey(wrapping.outer, kekObject, aesKey);
    if (wrappedAesKey.length !== modulusBytes(kek)) {
      throw wrongLength('wrapped AES key', `${modulusBytes(kek)}`, wrappedAesKey.length);
    }
    return Buffer.concat([wrappedAesKey, wrappedTarget]);
  });
}

function modulusBytes(kek: RsaPublicJwk): number {
  return Buffer.from(kek.n, 'base64url').length;
}

function createKek(session: Session, kek: RsaPublicJwk): ObjectHandle {
  return session.create({
    class: 'public-key',
    keyType: 'RSA',
    token: false,
    private: false,
    label: 'keyferry KEK',
    wrap: true,
    encrypt: false,
    verify: false,
    modulus: Buffer.from(kek.n, 'base64url'),
    publicExponent: Buffer.from(kek.e, 'base64url'),
  });
}

export function generateEphemeralKey(session: Session): Promise<ObjectHandle> {
  return session.generateKey(
    { type: CKM.AES_KEY_GEN },
    {
      class: 'secret-key',
      keyType: 'AES',
      token: false,
      private: true,
      sensitive: true,
      extractable: true,
      label: 'keyferry ephemeral key',
      wrap: true,
      unwrap: false,
      encrypt: false,
      decrypt: false,
      sign: false,
      verify: false,
      valueLen: EPHEMERAL_AES_BITS / 8,
    },
  );
}

function requireConfirmedKek(session: Session, object: ObjectHandle, kek: RsaPublicJwk): void {
  const same = (found: Buffer | null, wanted: string) =>
    found !== null && withoutLeadingZeros(found).equals(Buffer.from(wanted, 'base64url'));
  const { modulus, publicExponent } = session.readTogether(object, ['modulus', 'publicExponent']);
  if (!same(modulus, kek.n) || !same(publicExponent, kek.e)) {
    throw new KeyferryError('KEK_NOT_AS_CONFIRMED', {
      reason: `modulus ${same(modulus, kek.n) ? 'equal' : 'different'}, exponent ${same(publicExponent, kek.e) ? 'equal' : 'different'}`,
    });
  }
}

function withoutLeadingZeros(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  return start < 0 ? Buffer.alloc(0) : bytes.subarray(start);
}

function requireTargetLength(target: WrapRequest['target'], bytes: number): void {
  if (bytes % 8 !== 0 || bytes < 24) throw wrongLength('wrapped target key', 'a multiple of 8, at least 24', bytes);
  if (target.type !== 'oct') return;
  const lengths = target.bits === null ? [24, 32, 40] : [target.bits / 8 + 8];
  if (!lengths.includes(bytes)) throw wrongLength('wrapped AES target key', lengths.join(' or '), bytes);
}

function wrongLength(what: string, expected: string, found: number): KeyferryError {
  return new KeyferryError('WRAP_PRODUCT', { reason: `${what}: expected ${expected}, found ${found} bytes` });
}

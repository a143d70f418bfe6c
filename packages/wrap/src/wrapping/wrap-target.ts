import type { RsaPublicJwk } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { CKM, type ObjectHandle, type Session } from '@keyferry/pkcs11';
import type { Target } from '../target/target.js';
import type { Wrapping } from './mechanisms.js';

export const EPHEMERAL_AES_BITS = 256;

/**
 * Wraps the target under a fresh AES-256 key and that under the KEK, all inside the token; returns
 * RSA-OAEP(AES key) || AES-KWP(target), as CKM_RSA_AES_KEY_WRAP would (PKCS #11 v3.1 section 6.1.18).
 * KEK and AES key are session objects, and destroyed on every path.
 * Errors: KEK_NOT_AS_CONFIRMED, WRAP_PRODUCT, KEY_NOT_EXTRACTABLE, KEY_NEEDS_TRUSTED_KEK, HSM_ERROR, HSM_LEFTOVER.
 */
export async function wrapTarget(
  session: Session,
  kek: RsaPublicJwk,
  target: Target,
  wrapping: Wrapping,
  signal: AbortSignal,
): Promise<Buffer> {
  return session.temporary(async (own) => {
    const kekObject = own(createKek(session, kek));
    const aesKey = own(await generateEphemeralKey(session));
    signal.throwIfAborted();
    const wrappedTarget = await session.wrapKey(wrapping.inner, aesKey, target.object);
    signal.throwIfAborted();
    requireConfirmedKek(session, kekObject, kek);
    const wrappedAesKey = await session.wrapKey(wrapping.outer, kekObject, aesKey);
    requireLengths(kek, target, wrappedAesKey, wrappedTarget);
    return Buffer.concat([wrappedAesKey, wrappedTarget]);
  });
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

function generateEphemeralKey(session: Session): Promise<ObjectHandle> {
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
  const modulus = session.read(object, 'modulus');
  const exponent = session.read(object, 'publicExponent');
  if (!same(modulus, kek.n) || !same(exponent, kek.e)) {
    throw new KeyferryError('KEK_NOT_AS_CONFIRMED', {
      reason: `modulus ${same(modulus, kek.n) ? 'equal' : 'different'}, exponent ${same(exponent, kek.e) ? 'equal' : 'different'}`,
    });
  }
}

function withoutLeadingZeros(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  return start < 0 ? Buffer.alloc(0) : bytes.subarray(start);
}

function requireLengths(kek: RsaPublicJwk, target: Target, wrappedAesKey: Buffer, wrappedTarget: Buffer): void {
  const fail = (what: string, expected: string, found: number) =>
    new KeyferryError('WRAP_PRODUCT', { reason: `${what}: expected ${expected}, found ${found} bytes` });
  const kekBytes = Buffer.from(kek.n, 'base64url').length;
  if (wrappedAesKey.length !== kekBytes) throw fail('wrapped AES key', `${kekBytes}`, wrappedAesKey.length);
  if (wrappedTarget.length % 8 !== 0 || wrappedTarget.length < 24) {
    throw fail('wrapped target key', 'a multiple of 8, at least 24', wrappedTarget.length);
  }
  if (target.type !== 'oct') return;
  const lengths = target.bits === null ? [24, 32, 40] : [target.bits / 8 + 8];
  if (!lengths.includes(wrappedTarget.length))
    throw fail('wrapped AES target key', lengths.join(' or '), wrappedTarget.length);
}

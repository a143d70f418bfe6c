import { KeyferryError } from '@keyferry/errors';
import type { ObjectHandle, Session } from '@keyferry/pkcs11';
import type { KeySpec } from '../rules/key-types.js';
import { CURVE_FACTS } from './curves.js';
import { AES_KEY_GEN, EC_KEY_PAIR_GEN, RSA_KEY_PAIR_GEN } from './mechanisms.js';
import type { KeyMaterial } from './record.js';
import { LOCKED_IN } from './templates.js';

/** Generates session objects; `keep` may copy the private or secret key to the token before they are destroyed. */
export function generate<T>(
  session: Session,
  spec: KeySpec,
  keep: (key: ObjectHandle, material: KeyMaterial) => T,
): Promise<T> {
  return session.temporary(async (own) => {
    if (spec.type === 'oct') {
      const template = {
        ...LOCKED_IN,
        class: 'secret-key',
        keyType: 'AES',
        token: false,
        valueLen: spec.bits / 8,
      } as const;
      return keep(own(await session.generateKey(AES_KEY_GEN, template)), { type: 'oct', bits: spec.bits });
    }
    const kind =
      spec.type === 'RSA'
        ? { modulusBits: spec.bits, publicExponent: Buffer.of(1, 0, 1) }
        : { ecParams: CURVE_FACTS[spec.crv].ecParams };
    const pair = await session.generateKeyPair(
      spec.type === 'RSA' ? RSA_KEY_PAIR_GEN : EC_KEY_PAIR_GEN,
      { class: 'public-key', keyType: spec.type, token: false, private: false, ...kind },
      { ...LOCKED_IN, class: 'private-key', keyType: spec.type, token: false },
    );
    own(pair.publicKey);
    own(pair.privateKey);
    return keep(pair.privateKey, publicPart(session, pair.publicKey, spec));
  });
}

function publicPart(session: Session, publicKey: ObjectHandle, spec: Exclude<KeySpec, { type: 'oct' }>): KeyMaterial {
  if (spec.type === 'RSA') {
    const n = base64url(session.read(publicKey, 'modulus'));
    return { type: 'RSA', bits: spec.bits, n, e: base64url(session.read(publicKey, 'publicExponent')) };
  }
  const { bytes } = CURVE_FACTS[spec.crv];
  // DER OCTET STRING around 04 || x || y: the point stands at its end.
  const coordinates = session.read(publicKey, 'ecPoint')?.subarray(-2 * bytes);
  const x = base64url(coordinates?.subarray(0, bytes) ?? null);
  return { type: 'EC', crv: spec.crv, x, y: base64url(coordinates?.subarray(bytes) ?? null) };
}

function base64url(bytes: Buffer | null): string {
  if (bytes === null)
    throw new KeyferryError('HSM_ERROR', { reason: 'the token does not tell the public part of a new key' });
  return bytes.toString('base64url');
}

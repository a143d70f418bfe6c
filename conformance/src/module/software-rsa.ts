import type { ObjectHandle } from '@keyferry/pkcs11';
import { type FreshPair, makeRsaPairSync } from '../fresh-pair.js';
import { type Attempt, attempt, type Hsm } from './hsm.js';
import { generateRsa } from './keys.js';

const made = new Map<string, FreshPair>();

/**
 * An RSA key pair whose private part is known here: an attacker's, or a peer's. Made once in a process, since that takes longer
 * than most cases.
 */
export function softwareRsa(bits = 2048, whose: 'peer' | 'attacker' = 'peer'): FreshPair {
  const name = `${whose} ${bits}`;
  const pair = made.get(name) ?? makeRsaPairSync(bits);
  made.set(name, pair);
  return pair;
}

export function modulusOf({ publicKey }: FreshPair): Buffer {
  return Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url');
}

/** Its public part as a key of the token that wraps. */
export function wrappingRsa({ session, own }: Hsm, pair: FreshPair): ObjectHandle {
  const publicExponent = Buffer.from(pair.publicKey.export({ format: 'jwk' }).e ?? '', 'base64url');
  const modulus = modulusOf(pair);
  return own(
    session.create({ class: 'public-key', keyType: 'RSA', modulus, publicExponent, token: false, wrap: true }),
  );
}

/** A private key of the token that unwraps, with its modulus: the peer's, or one of the token's own where it takes none from outside. */
export async function unwrappingRsa(hsm: Hsm): Promise<Attempt<{ key: ObjectHandle; modulus: Buffer | null }>> {
  const pair = softwareRsa();
  const numbers = pair.privateKey.export({ format: 'jwk' });
  const bytes = (name: keyof typeof numbers) => Buffer.from(String(numbers[name]), 'base64url');
  const created = await attempt(() =>
    hsm.own(
      hsm.session.create({
        class: 'private-key',
        keyType: 'RSA',
        modulus: bytes('n'),
        publicExponent: bytes('e'),
        privateExponent: bytes('d'),
        prime1: bytes('p'),
        prime2: bytes('q'),
        exponent1: bytes('dp'),
        exponent2: bytes('dq'),
        coefficient: bytes('qi'),
        token: false,
        private: true,
        sensitive: true,
        extractable: false,
        unwrap: true,
      }),
    ),
  );
  if (created.done) return { done: true, value: { key: created.value, modulus: modulusOf(pair) } };
  return attempt(async () => {
    const own = await generateRsa(hsm, {}, { sensitive: true, extractable: false, unwrap: true });
    return { key: own.privateKey, modulus: hsm.session.read(own.publicKey, 'modulus') };
  });
}

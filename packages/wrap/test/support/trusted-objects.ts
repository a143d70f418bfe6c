import { createPublicKey } from 'node:crypto';
import { publicJwkOf, type RsaPublicJwk } from '@keyferry/blob';
import { type Attributes, loadModule, type Session } from '@keyferry/pkcs11';
import { practiceKey } from '../../../../test/support/practice-keys.js';
import type { TestToken } from '../../../../test/support/softhsm.js';

/** A session of this process with a token, as somebody. */
export async function inToken<T>(
  token: TestToken,
  who: 'so' | 'user',
  work: (session: Session) => Promise<T> | T,
): Promise<T> {
  const module = loadModule(token.module);
  try {
    const session = module.findToken({ token: token.label }).openSession({ writable: true });
    session.login(who === 'so' ? token.soPin : token.pin, who);
    return await work(session);
  } finally {
    module.close();
  }
}

/** The public part of a practice KEK as an object of the token. */
export function kekObject(bits: 2048 | 3072, attributes: Attributes): Attributes {
  const { n } = publicJwkOf(createPublicKey(practiceKey(`kek-${bits}`))) as RsaPublicJwk;
  return {
    class: 'public-key',
    keyType: 'RSA',
    token: true,
    private: false,
    wrap: true,
    modifiable: false,
    modulus: Buffer.from(n, 'base64url'),
    publicExponent: Buffer.of(1, 0, 1),
    ...attributes,
  };
}

/** As `trust wrapping-key` makes it. */
export const WRAPPING_KEY: Attributes = {
  token: true,
  private: false,
  trusted: true,
  sensitive: true,
  extractable: true,
  wrapWithTrusted: true,
  wrap: true,
  unwrap: false,
  encrypt: false,
  decrypt: false,
  sign: false,
  verify: false,
  derive: false,
  modifiable: false,
  copyable: false,
  valueLen: 32,
};

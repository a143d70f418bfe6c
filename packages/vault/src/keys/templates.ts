import type { Attributes } from '@keyferry/pkcs11';
import { isKek } from '../rules/key-ops.js';
import type { KeyType } from '../rules/key-types.js';

/** A key that lives for one operation only. */
export const TEMPORARY: Attributes = { token: false, private: true, sensitive: true };

/** A private or secret key of the vault: it never leaves the token. */
export const LOCKED_IN: Attributes = { private: true, sensitive: true, extractable: false };

const PRIVATE_USES = ['sign', 'signRecover', 'decrypt', 'unwrap', 'derive'] as const;
const SECRET_USES = ['sign', 'verify', 'encrypt', 'decrypt', 'wrap', 'unwrap', 'derive'] as const;

/**
 * What the token shall allow the key, from its key_ops: a KEK unwraps and nothing else. The public operations of
 * RSA and EC need no attribute, since the private key has no part in them.
 */
export function usage(type: KeyType, keyOps: readonly string[]): Attributes {
  const can = (op: string) => keyOps.includes(op);
  if (type === 'oct') {
    const wraps = { wrap: can('wrapKey'), unwrap: can('unwrapKey') };
    return only(SECRET_USES, { encrypt: can('encrypt'), decrypt: can('decrypt'), ...wraps });
  }
  if (isKek(keyOps)) return only(PRIVATE_USES, { unwrap: true });
  // RSA unwrapkey gives bytes back to the client: in PKCS#11 that is a decryption.
  return only(PRIVATE_USES, { sign: can('sign'), decrypt: type === 'RSA' && (can('decrypt') || can('unwrapKey')) });
}

/** These uses and no other; each attribute is stated, since tokens differ in what they take for granted. */
function only(stated: readonly (keyof Attributes)[], allowed: Attributes): Attributes {
  const none = Object.fromEntries(stated.map((name) => [name, false]));
  return { ...none, ...allowed };
}

/** A secret key that wraps and does nothing else. */
export const WRAPS_ONLY: Attributes = only(SECRET_USES, { wrap: true });

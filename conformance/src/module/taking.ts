import { type KeyObject, privateDecrypt, randomBytes } from 'node:crypto';
import type { Attributes, Mechanism, ObjectHandle } from '@keyferry/pkcs11';
import { attempt, type Hsm } from './hsm.js';
import { aesKeyWrapOf, createAes, generateAes } from './keys.js';
import { keyWithin } from './opening.js';
import { softwareRsa, wrappingRsa } from './software-rsa.js';

/**
 * A way to take a key out of a token: its bytes, when it succeeds; a string says why it cannot be tried; null when a step
 * was refused. The caller wipes them.
 */
export type Take = (hsm: Hsm, target: ObjectHandle) => Promise<Buffer | string | null>;

/** A call that the module may refuse. */
export async function granted<T>(call: () => Promise<T> | T): Promise<T | null> {
  const made = await attempt(call);
  return made.done ? made.value : null;
}

/** Wraps the target under a key whose bytes the attacker knows. */
export async function underOwnKey(hsm: Hsm, target: ObjectHandle): Promise<Buffer | string | null> {
  const mechanism = aesKeyWrapOf(hsm);
  if (mechanism === null) return 'the token has no AES key wrap';
  const known = randomBytes(32);
  const own = await granted(() => createAes(hsm, known, { wrap: true, sensitive: true, extractable: false }));
  const wrapped = own && (await granted(() => hsm.session.wrapKey(mechanism, own, target)));
  return wrapped && keyWithin(known, wrapped, 32);
}

/** Null when this key does not open it. */
export function openedBy(key: KeyObject, padding: number, wrapped: Buffer): Buffer | null {
  try {
    return privateDecrypt({ key, padding }, wrapped);
  } catch {
    return null;
  }
}

/** Wraps the target under a public key whose private part the attacker has. */
export function underOwnRsa(mechanism: Mechanism, padding: number, bits: number): Take {
  return async (hsm, target) => {
    if (!hsm.token.mechanismInfo(mechanism.type)?.flags.wrap) return 'the token does not wrap with this mechanism';
    const pair = softwareRsa(bits, 'attacker');
    const kek = await granted(() => wrappingRsa(hsm, pair));
    const wrapped = kek && (await granted(() => hsm.session.wrapKey(mechanism, kek, target)));
    return wrapped && openedBy(pair.privateKey, padding, wrapped);
  };
}

/** Wraps the target under a key of the token, and brings it back as something that can be read. */
export function broughtBack(template: Attributes): Take {
  return async (hsm, target) => {
    const mechanism = aesKeyWrapOf(hsm);
    if (mechanism === null) return 'the token has no AES key wrap';
    const wrapping = await generateAes(hsm, { sensitive: true, extractable: false, wrap: true, unwrap: true });
    const wrapped = await granted(() => hsm.session.wrapKey(mechanism, wrapping, target));
    const open = { token: false, private: true, sensitive: false, extractable: true, ...template } as const;
    const back =
      wrapped && (await granted(async () => hsm.own(await hsm.session.unwrapKey(mechanism, wrapping, wrapped, open))));
    return back && hsm.session.read(back, 'value');
  };
}

/** Derives from the target a key that holds it, and reads that. */
export function derived(type: number, parameter: Buffer): Take {
  return async (hsm, target) => {
    if (!hsm.token.mechanisms().has(type)) return 'the token does not have this mechanism';
    const open: Attributes = {
      class: 'secret-key',
      keyType: 'generic-secret',
      token: false,
      private: true,
      sensitive: false,
      extractable: true,
    };
    const key = await granted(async () =>
      hsm.own(await hsm.session.derive({ type, parameter }, target, { ...open, valueLen: 32 })),
    );
    return (key && hsm.session.read(key, 'value')?.subarray(0, 32)) || null;
  };
}

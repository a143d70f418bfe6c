import type { KeyType } from './key-types.js';
import { badParameter, notImplemented } from './refusal.js';

const SUPPORTED: Readonly<Record<KeyType, readonly string[]>> = {
  RSA: ['encrypt', 'decrypt', 'sign', 'verify', 'wrapKey', 'unwrapKey'],
  EC: ['sign', 'verify'],
  oct: ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
};

export type KeyOperation = 'encrypt' | 'decrypt' | 'sign' | 'verify' | 'wrapKey' | 'unwrapKey';

/** A key exchange key serves to import other keys and for nothing else. */
export function isKek(keyOps: readonly string[]): boolean {
  return keyOps.length === 1 && keyOps[0] === 'import';
}

/**
 * The operations that a new key gets: those asked for, without repetitions; all that its type knows when none are named.
 * `import` excludes all others, and only an RSA-HSM key that is generated in the vault can have it.
 */
export function readKeyOps(asked: readonly string[] | undefined, type: KeyType, mayBeKek: boolean): readonly string[] {
  if (asked === undefined) return SUPPORTED[type];
  if (asked.includes('export')) {
    throw notImplemented('keyferry-vault has no exportable keys (Secure Key Release), so no key operation "export".');
  }
  if (mayBeKek && asked.includes('import')) {
    if (asked.every((op) => op === 'import')) return ['import'];
    throw badParameter('The key operation "import" excludes all others.');
  }
  const unsupported = asked.filter((op) => !SUPPORTED[type].includes(op));
  if (unsupported.length > 0) {
    const supported = quoted(mayBeKek ? [...SUPPORTED[type], 'import'] : SUPPORTED[type]);
    throw badParameter(`Unsupported key operation(s): ${quoted(unsupported)}. Supported values are ${supported}.`);
  }
  return [...new Set(asked)];
}

/** The operations after an update. A KEK stays a KEK: otherwise it could be made to decrypt the blobs that it unwraps. */
export function readChangedKeyOps(
  asked: readonly string[],
  current: readonly string[],
  type: KeyType,
): readonly string[] {
  const changed = readKeyOps(asked, type, type === 'RSA');
  if (isKek(changed) !== isKek(current)) {
    throw badParameter('The key operation "import" can be given to a key when it is created, and is never taken away.');
  }
  return changed;
}

function quoted(words: readonly string[]): string {
  return words.map((word) => JSON.stringify(word)).join(', ');
}

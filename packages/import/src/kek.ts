import { checkKek, type Kek, readKek, writeKekFile } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import type { ServiceKey } from './service-key.js';
import { TOOL } from './tool.js';

/** A KEK that keeps all rules, and the bytes of its NAME.kek.json. */
export interface KekOfService {
  readonly kek: Kek;
  readonly file: Buffer;
}

/**
 * Makes the file of a KEK from what the service shows; what is judged is what that file says.
 * @throws KEK_NOT_RSA, KEK_NOT_IN_HSM, KEK_UNREADABLE.
 */
export function kekOfService(key: ServiceKey, now: Date): KekOfService {
  const { kid, kty, publicKey, keyOps, attributes } = key;
  if (publicKey?.kty !== 'RSA') {
    throw new KeyferryError('KEK_NOT_RSA', { reason: `expected RSA-HSM, found ${kty}: ${kid.text}` });
  }
  if (kty !== 'RSA-HSM') {
    throw new KeyferryError('KEK_NOT_IN_HSM', {
      reason: `expected RSA-HSM, found ${kty}, which is kept in software: ${kid.text}`,
    });
  }
  const fetchedAt = now.toISOString();
  const file = writeKekFile({ kid, key: publicKey, keyOps, attributes, attestation: null, fetchedAt, tool: TOOL });
  return { kek: readKek(file), file };
}

/** The same for a KEK that must be usable now. @throws also KEK_SIZE, KEK_EXPONENT, KEK_OPS_NOT_IMPORT_ONLY, KEK_DISABLED, KEK_NOT_YET_VALID, KEK_EXPIRED. */
export function usableKek(key: ServiceKey, now: Date): KekOfService {
  const made = kekOfService(key, now);
  checkKek(made.kek, now);
  return made;
}

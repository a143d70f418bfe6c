import { checkKek, type Kek, readKek, writeKekFile } from '@keyferry/blob';
import { type ErrorCode, KeyferryError } from '@keyferry/errors';
import type { ServiceKey } from './service-key.js';
import { TOOL } from './tool.js';
import type { Attestation, Vault } from './vault.js';

/** A KEK that keeps all rules, and the bytes of its NAME.kek.json. */
export interface KekOfService {
  readonly kek: Kek;
  readonly file: Buffer;
}

/**
 * Makes the file of a KEK from what the service shows; what is judged is what that file says.
 * @throws KEK_NOT_RSA, KEK_NOT_IN_HSM, KEK_UNREADABLE.
 */
export function kekOfService(key: ServiceKey, now: Date, attestation: Attestation | null = null): KekOfService {
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
  const file = writeKekFile({ kid, key: publicKey, keyOps, attributes, attestation, fetchedAt, tool: TOOL });
  return { kek: readKek(file), file };
}

/** The same for a KEK that must be usable now. @throws also KEK_SIZE, KEK_EXPONENT, KEK_OPS_NOT_IMPORT_ONLY, KEK_DISABLED, KEK_NOT_YET_VALID, KEK_EXPIRED. */
export function usableKek(key: ServiceKey, now: Date, attestation: Attestation | null = null): KekOfService {
  const made = kekOfService(key, now, attestation);
  checkKek(made.kek, now);
  return made;
}

/**
 * A KEK for its files: it keeps all rules, and one of a Managed HSM has its attestation with it, which nothing here
 * judges. Where the service gives none, `note` is told why.
 */
export async function fetchKek(
  vault: Vault,
  name: string,
  version: string | undefined,
  note: (text: string) => void,
): Promise<KekOfService> {
  const key = await vault.key(name, version);
  const bare = usableKek(key, new Date());
  if (vault.address.kind !== 'managed-hsm') {
    return bare;
  }
  try {
    const attestation = await vault.attestation(key.kid.name, key.kid.version);
    if (attestation === null) note('the Managed HSM gives no attestation for this key');
    return usableKek(key, new Date(), attestation);
  } catch (error) {
    // Pools that do not know the request must not keep a KEK back: nothing rests on the attestation here.
    if (!(error instanceof KeyferryError) || !NO_ATTESTATION.includes(error.code)) throw error;
    note(`the Managed HSM gives no attestation for this key: ${error.reason}`);
    return bare;
  }
}

const NO_ATTESTATION: readonly ErrorCode[] = [
  'SERVICE_NOT_FOUND',
  'SERVICE_REFUSED',
  'SERVICE_FAILED',
  'KEK_UNREADABLE',
];

/** Whether a key may do nothing but import: whatever else is true of it, it is used as a KEK. */
export function isImportOnly({ keyOps }: ServiceKey): boolean {
  return keyOps.length === 1 && keyOps[0] === 'import';
}

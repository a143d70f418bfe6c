import { KeyferryError } from '@keyferry/errors';
import { isImportOnly } from './kek.js';
import type { ServiceKey } from './service-key.js';
import type { Vault } from './vault.js';

/**
 * The versions of a KEK, or the one that is named: for what must never befall another key.
 * @throws SERVICE_NOT_FOUND when there is none; KEK_OPS_NOT_IMPORT_ONLY when one of them is no KEK.
 */
export async function kekVersions(vault: Vault, name: string, version: string | undefined): Promise<ServiceKey[]> {
  const versions = version === undefined ? await vault.versions(name) : [version];
  if (versions.length === 0) {
    throw new KeyferryError('SERVICE_NOT_FOUND', {
      reason: `expected a key ${name} in ${vault.address.url}, found none`,
    });
  }
  const keys: ServiceKey[] = [];
  for (const each of versions) keys.push(await vault.key(name, each));
  const other = keys.find((key) => !isImportOnly(key));
  if (other !== undefined) {
    throw new KeyferryError('KEK_OPS_NOT_IMPORT_ONLY', {
      reason: `expected ["import"], found ${JSON.stringify(other.keyOps)}: ${other.kid.text}`,
      hint: 'this is no KEK; check the name. Nothing was changed',
    });
  }
  return keys;
}

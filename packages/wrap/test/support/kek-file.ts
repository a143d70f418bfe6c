import { createPublicKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type KekAttributes,
  parseKid,
  publicJwkOf,
  type RsaPublicJwk,
  thumbprintOf,
  writeKekFile,
} from '@keyferry/blob';
import { practiceKey } from '../../../../test/support/practice-keys.js';

/** Of a Managed HSM, which takes keys of every type. */
export const KID = 'https://bank.managedhsm.azure.net/keys/kek/0123456789abcdef0123456789abcdef';

export interface KekFile {
  readonly path: string;
  readonly thumbprint: string;
}

/** A KEK file around the public part of a practice KEK, right in everything that is not overridden. */
export function makeKekFile(
  folder: string,
  bits: 2048 | 3072 | 4096,
  overrides: { kid?: string; keyOps?: string[]; attributes?: Partial<KekAttributes>; key?: RsaPublicJwk } = {},
): KekFile {
  const key = overrides.key ?? (publicJwkOf(createPublicKey(practiceKey(`kek-${bits}`))) as RsaPublicJwk);
  const path = join(folder, `kek-${bits}-${Math.abs(hash(JSON.stringify(overrides)))}.kek.json`);
  const content = writeKekFile({
    kid: parseKid(overrides.kid ?? KID),
    key,
    keyOps: overrides.keyOps ?? ['import'],
    attributes: { enabled: true, exp: null, nbf: null, hsmPlatform: '2', ...overrides.attributes },
    attestation: null,
    fetchedAt: '2026-11-23T22:00:00Z',
    tool: { name: 'keyferry-import', version: '0.1.0' },
  });
  writeFileSync(path, content);
  return { path, thumbprint: thumbprintOf(key) };
}

/** Names files apart, nothing more. */
function hash(text: string): number {
  return [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 7);
}

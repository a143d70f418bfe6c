import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jwkThumbprint, type PublicJwk } from '../oracle/index.js';
import { TOOL } from '../tool.js';
import type { PublicKek } from './run-keks.js';

/** What a tool is given of a KEK, each part as a case wants it. */
export interface HandedKek {
  readonly kid: string;
  readonly pem: string;
  readonly key: PublicKek['key'];
  readonly thumbprint: string;
  readonly keyOps: readonly string[];
  readonly attributes: { readonly enabled: boolean; readonly exp: number | null; readonly nbf: number | null };
}

/** Of the vault that the kids of this suite name; it need not be. */
const VERSION = '0123456789abcdef0123456789abcdef';
export const VAULT_KID = `https://keyferry-conformance.vault.azure.net/keys/kek/${VERSION}`;
export const HSM_KID = `https://keyferry-conformance.managedhsm.azure.net/keys/kek/${VERSION}`;

/** A KEK with which nothing is wrong. */
export function rightKek({ key, pem }: PublicKek, kid: string): HandedKek {
  const thumbprint = jwkThumbprint(key as PublicJwk);
  return { kid, pem, key, thumbprint, keyOps: ['import'], attributes: { enabled: true, exp: null, nbf: null } };
}

/** Writes kek.pem, and beside it kek.kek.json (keyferry/kek/1) and kek.thumbprint. Returns the path of the PEM. */
export async function writeKekFiles(folder: string, handed: HandedKek): Promise<string> {
  const { kid, pem, key, thumbprint, keyOps, attributes } = handed;
  const host = new URL(kid).host;
  const file = {
    schema: 'keyferry/kek/1',
    kid,
    key,
    thumbprint,
    keyOps,
    attributes: { ...attributes, hsmPlatform: '2' },
    vault: { url: `https://${host}`, kind: host.includes('.managedhsm.') ? 'managed-hsm' : 'vault' },
    attestation: null,
    fetchedAt: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    tool: TOOL_NAME,
  };
  await mkdir(folder, { mode: 0o700 });
  const path = join(folder, 'kek.pem');
  await writeFile(path, pem, { mode: 0o600 });
  await writeFile(join(folder, 'kek.kek.json'), `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
  await writeFile(join(folder, 'kek.thumbprint'), `${thumbprint}\n`, { mode: 0o600 });
  return path;
}

const TOOL_NAME = { name: TOOL.name, version: TOOL.version };

import { type Curve, parseVaultUrl, type TargetType, type VaultAddress } from '@keyferry/blob';
import { z } from 'zod';
import { azureCrv } from './azure-names.js';
import type { ImportRequest, KekRequest, Tags } from './vault.js';

/** `--print-az` of every command that the Azure CLI has a like of. */
export const PRINT_AZ = {
  'print-az': {
    type: 'boolean',
    default: false,
    describe: 'print the command of the Azure CLI that comes nearest, and do nothing',
  },
} as const;

/** What is printed then with --json. */
export const azResultSchema = z.strictObject({ az: z.string() });

const CLOUD_NAMES = { public: null, usgov: 'AzureUSGovernment', china: 'AzureChinaCloud' } as const;

/** az keyvault key create, for a KEK. */
export function azCreateKek(url: string, name: string, { bits, expiresOn, tags }: KekRequest): string {
  return command(parseVaultUrl(url), 'create', name, [
    ...['--kty', 'RSA-HSM', '--size', String(bits), '--ops', 'import'],
    ...time('--expires', expiresOn),
    ...tagged(tags),
  ]);
}

/** az keyvault key download and show: the bare public key, and what it may do. */
export function azFetchKek(url: string, name: string, version: string | undefined, pem: string): string {
  const vault = parseVaultUrl(url);
  const which = version === undefined ? [] : ['--version', version];
  return [
    command(vault, 'download', name, [...which, '--encoding', 'PEM', '--file', pem]),
    command(vault, 'show', name, which),
  ].join('\n');
}

/** The files of an import, and what is only an option of it. */
export interface AzImport {
  readonly blob: string;
  readonly releasePolicy: string | undefined;
  readonly disabled: boolean;
}

/** az keyvault key import. The CLI wants the types without -HSM, and calls the option --curve. */
export function azImport(vault: VaultAddress, name: string, request: ImportRequest, more: AzImport): string {
  const { type, crv, keyOps, notBefore, expiresOn, exportable, release, tags } = request;
  return command(vault, 'import', name, [
    ...['--byok-file', more.blob, ...azType(type, crv), '--ops', ...keyOps, '--protection', 'hsm'],
    ...time('--not-before', notBefore),
    ...time('--expires', expiresOn),
    ...(more.disabled ? ['--disabled', 'true'] : []),
    ...(exportable ? ['--exportable', 'true'] : []),
    ...(more.releasePolicy === undefined ? [] : ['--policy', more.releasePolicy]),
    ...(release?.immutable ? ['--immutable', 'true'] : []),
    ...tagged(tags),
  ]);
}

function azType(type: TargetType, crv: Curve | null): string[] {
  return ['--kty', type, ...(crv === null ? [] : ['--curve', azureCrv(crv)])];
}

function command(vault: VaultAddress, verb: string, name: string, words: readonly string[]): string {
  const where = vault.kind === 'managed-hsm' ? '--hsm-name' : '--vault-name';
  const cloud = CLOUD_NAMES[vault.cloud];
  return [
    ...(cloud === null ? [] : [`az cloud set --name ${cloud}`]),
    ['az', 'keyvault', 'key', verb, where, vault.name, '--name', name, ...words].map(quoted).join(' '),
  ].join('\n');
}

function time(option: string, date: Date | null): string[] {
  return date === null ? [] : [option, date.toISOString().replace(/\.\d+Z$/, 'Z')];
}

function tagged(tags: Tags): string[] {
  const pairs = Object.entries(tags).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? [] : ['--tags', ...pairs];
}

/** A word as a POSIX shell reads it back. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

import { join } from 'node:path';
import {
  type Kek,
  notCheckedLines,
  notCheckedSchema,
  parseThumbprint,
  publicKeyPem,
  thumbprintHex,
  thumbprintLines,
} from '@keyferry/blob';
import { checkOutputs, writeOutputs } from '@keyferry/files';
import { z } from 'zod';
import type { KekOfService } from './kek.js';
import { modeLines } from './mode.js';

/** Where a KEK goes on its way to the air-gapped side. */
export interface KekFiles {
  /** keyferry/kek/1. */
  readonly kek: string;
  /** The bare public key, as `az keyvault key download` writes it. */
  readonly pem: string;
}

/** The outputs of a KEK, and whether they can be written. @throws OUTPUT_EXISTS, OUTPUT_FOLDER_MISSING, OUTPUT_NOT_WRITABLE. */
export async function kekFiles(folder: string, name: string, force: boolean): Promise<KekFiles> {
  const files = { kek: join(folder, `${name}.kek.json`), pem: join(folder, `${name}.pem`) };
  await checkOutputs([files.pem, files.kek], { force });
  return files;
}

/** Writes both files or none. */
export async function writeKek(files: KekFiles, { kek, file }: KekOfService, force: boolean): Promise<void> {
  const pem = Buffer.from(publicKeyPem(kek.key));
  await writeOutputs(
    [
      { path: files.pem, bytes: pem },
      { path: files.kek, bytes: file },
    ],
    { force },
  );
}

/** What `kek create` and `kek fetch` print with --json. */
export const kekResultSchema = z.strictObject({
  kid: z.string(),
  vault: z.strictObject({ url: z.string(), kind: z.enum(['vault', 'managed-hsm']) }),
  /** Whether keyferry-vault answered. */
  emulator: z.boolean(),
  bits: z.int(),
  keyOps: z.array(z.string()),
  enabled: z.boolean().nullable(),
  /** Unix seconds; null: no limit. */
  nbf: z.int().nullable(),
  exp: z.int().nullable(),
  thumbprint: z.string(),
  /** The same thumbprint as 64 hex digits. */
  thumbprintHex: z.string(),
  /** Whether the file has an attestation of the HSM with it, which nobody has judged. */
  attested: z.boolean(),
  /** The files that were written. */
  files: z.strictObject({ kek: z.string(), pem: z.string() }),
  notChecked: notCheckedSchema,
});
export type KekResult = z.output<typeof kekResultSchema>;

export function kekResult(kek: Kek, files: KekFiles, emulator: boolean): KekResult {
  const { vault } = kek.kid;
  return {
    kid: kek.kid.text,
    vault: { url: vault.url, kind: vault.kind },
    emulator,
    bits: kek.bits,
    keyOps: [...(kek.keyOps ?? [])],
    enabled: kek.attributes?.enabled ?? null,
    nbf: kek.attributes?.nbf ?? null,
    exp: kek.attributes?.exp ?? null,
    thumbprint: kek.thumbprint,
    thumbprintHex: thumbprintHex(kek.thumbprint),
    attested: kek.attestation !== null,
    files: { ...files },
    notChecked: [...kek.notChecked],
  };
}

export function kekText(kek: KekResult): string {
  const thumbprint = parseThumbprint(kek.thumbprint);
  return [
    ...modeLines({ mode: null, emulator: kek.emulator }),
    `kid         ${kek.kid}`,
    `key         RSA-HSM ${kek.bits}, import only, enabled`,
    `expires     ${kek.exp === null ? 'never: retire it by import --retire-kek' : new Date(kek.exp * 1000).toISOString()}`,
    ...(kek.attested ? ['attestation in the file, not judged'] : []),
    `thumbprint  ${thumbprint}`,
    ...thumbprintLines(thumbprint),
    `files       ${kek.files.kek}`,
    `            ${kek.files.pem}`,
    'next        carry the files to the HSM, and the thumbprint by another way: the operator there must type it',
    ...notCheckedLines(kek.notChecked),
  ].join('\n');
}

import {
  type Kek,
  notCheckedLines,
  notCheckedSchema,
  parseThumbprint,
  thumbprintHex,
  thumbprintLines,
} from '@keyferry/blob';
import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { kekOptions, readCheckedKek } from '../kek/read-kek.js';

const resultSchema = z.strictObject({
  /** The form of the file: keyferry-kek, az-key-show, jwk or spki. */
  form: z.string(),
  kid: z.string(),
  vault: z.strictObject({ url: z.string(), kind: z.enum(['vault', 'managed-hsm']) }),
  bits: z.int(),
  thumbprint: z.string(),
  /** The same thumbprint as 64 hex digits. */
  thumbprintHex: z.string(),
  /** null where the form does not carry it, as with all that follows. */
  keyOps: z.array(z.string()).nullable(),
  enabled: z.boolean().nullable(),
  /** Unix seconds. */
  nbf: z.int().nullable(),
  exp: z.int().nullable(),
  fetchedAt: z.string().nullable(),
  notChecked: notCheckedSchema,
});
type Result = z.output<typeof resultSchema>;

export const kekShowCommand = defineCommand({
  name: 'kek show',
  summary: 'show a key exchange key, check every rule, and say what was not checked',
  options: kekOptions,
  examples: [['keyferry-wrap kek show --kek payroll-kek.kek.json', 'for the operator and the witness to read']],
  result: resultSchema,
  text: describeResult,
  async run(args) {
    return { result: resultOf(await readCheckedKek(args.kek, args.kid)) };
  },
});

function resultOf(kek: Kek): Result {
  return {
    form: kek.form,
    kid: kek.kid.text,
    vault: { url: kek.kid.vault.url, kind: kek.kid.vault.kind },
    bits: kek.bits,
    thumbprint: kek.thumbprint,
    thumbprintHex: thumbprintHex(kek.thumbprint),
    keyOps: kek.keyOps === null ? null : [...kek.keyOps],
    enabled: kek.attributes?.enabled ?? null,
    nbf: kek.attributes?.nbf ?? null,
    exp: kek.attributes?.exp ?? null,
    fetchedAt: kek.fetchedAt,
    notChecked: [...kek.notChecked],
  };
}

function describeResult(kek: Result): string {
  const unknown = 'NOT CHECKED: this form of file does not say';
  const kind = kek.vault.kind === 'vault' ? 'Key Vault' : 'Managed HSM';
  return [
    `kid         ${kek.kid}`,
    `lives in    ${kind} ${kek.vault.url}`,
    `key         RSA ${kek.bits}, e = 65537`,
    `may         ${kek.keyOps?.join(', ') ?? unknown}`,
    `enabled     ${kek.enabled === null ? unknown : 'yes'}`,
    `valid from  ${kek.nbf === null ? limitUnknown(kek, unknown) : isoSeconds(kek.nbf)}`,
    `expires     ${kek.exp === null ? limitUnknown(kek, unknown) : isoSeconds(kek.exp)}`,
    `fetched     ${kek.fetchedAt ?? 'not said'}`,
    `thumbprint  ${kek.thumbprint}`,
    ...thumbprintLines(parseThumbprint(kek.thumbprint)),
    ...notCheckedLines(kek.notChecked),
  ].join('\n');
}

/** Whether the file carries dates at all decides what an absent one means. */
function limitUnknown(kek: Result, unknown: string): string {
  return kek.notChecked.includes('kek-dates') ? unknown : 'no limit';
}

function isoSeconds(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

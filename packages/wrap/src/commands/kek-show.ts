import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import {
  type Kek,
  type KekForm,
  notCheckedLines,
  notCheckedSchema,
  thumbprintHex,
  thumbprintWords,
} from '@keyferry/blob';
import { defineCommand, printable } from '@keyferry/terminal';
import { z } from 'zod';
import { kekOptions, readCheckedKekFile } from '../kek/read-kek.js';
import { fact, fromNow, hexGroups, numberedWords, utc } from '../reading-aloud.js';

const resultSchema = z.strictObject({
  /** The name of the file without its folder. */
  file: z.string(),
  /** Of the bytes of the file. */
  sha256: z.string(),
  form: z.enum(['keyferry-kek', 'az-key-show', 'jwk', 'spki']),
  kid: z.string(),
  /** `given`: the file has none, and --kid says it. */
  kidSource: z.enum(['file', 'given']),
  vault: z.strictObject({ url: z.string(), kind: z.enum(['vault', 'managed-hsm']) }),
  /** Name and version are parts of the kid. */
  name: z.string(),
  version: z.string(),
  bits: z.int(),
  thumbprint: z.string(),
  /** The same thumbprint as 64 hex digits. */
  thumbprintHex: z.string(),
  /** The same thumbprint as 32 words of the PGP word list. */
  thumbprintWords: z.array(z.string()),
  /** null where the form does not carry it, as with all that follows. */
  keyOps: z.array(z.string()).nullable(),
  enabled: z.boolean().nullable(),
  /** Unix seconds. */
  nbf: z.int().nullable(),
  exp: z.int().nullable(),
  fetchedAt: z.string().nullable(),
  /** Which program wrote the file. */
  tool: z.strictObject({ name: z.string(), version: z.string() }).nullable(),
  /** What the clock of this machine said. */
  checkedAt: z.string(),
  notChecked: notCheckedSchema,
});
type Result = z.output<typeof resultSchema>;

export const kekShowCommand = defineCommand({
  name: 'kek show',
  summary: 'show a key exchange key, check every rule, and say what was not checked',
  details:
    'The text is for two people: one reads it from this screen, the other follows on a sheet from a second source, such ' +
    'as the administrator of the vault. The thumbprint alone says which key it is.',
  options: kekOptions,
  examples: [['keyferry-wrap kek show --kek payroll-kek.kek.json', 'for the operator and the witness to read']],
  result: resultSchema,
  text: describeResult,
  async run(args) {
    const { kek, bytes } = await readCheckedKekFile(args.kek, args.kid);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { result: resultOf(kek, { file: basename(args.kek), sha256 }) };
  },
});

function resultOf(kek: Kek, file: { file: string; sha256: string }): Result {
  const { kid, attributes } = kek;
  return {
    ...file,
    form: kek.form,
    kid: kid.text,
    kidSource: kek.kidSource,
    vault: { url: kid.vault.url, kind: kid.vault.kind },
    name: kid.name,
    version: kid.version,
    bits: kek.bits,
    thumbprint: kek.thumbprint,
    thumbprintHex: thumbprintHex(kek.thumbprint),
    thumbprintWords: thumbprintWords(kek.thumbprint),
    keyOps: kek.keyOps === null ? null : [...kek.keyOps],
    enabled: attributes?.enabled ?? null,
    nbf: attributes?.nbf ?? null,
    exp: attributes?.exp ?? null,
    fetchedAt: kek.fetchedAt,
    tool: kek.tool,
    checkedAt: new Date().toISOString(),
    notChecked: [...kek.notChecked],
  };
}

const UNKNOWN = 'NOT CHECKED: this form of file does not say';

const FORMS: Readonly<Record<KekForm, string>> = {
  'keyferry-kek': 'a KEK file of keyferry-import',
  'az-key-show': 'the output of "az keyvault key show"',
  jwk: 'a JWK',
  spki: 'a bare public key (PEM or DER)',
};

function describeResult(kek: Result): string {
  const now = new Date(kek.checkedAt);
  const kind = kek.vault.kind === 'vault' ? 'Key Vault' : 'Managed HSM';
  return [
    'KEY EXCHANGE KEY (KEK): the public key under which another key will be wrapped',
    '',
    ...fact('key', kek.name),
    ...fact('version', kek.version),
    ...fact('lives in', `${kind} ${kek.vault.url}`),
    ...fact('kid', kek.kid, ...(kek.kidSource === 'file' ? [] : ['as --kid says; the file has none'])),
    ...fact('kind', `RSA ${kek.bits} bits, public exponent 65537`),
    ...fact('may', kek.keyOps?.map((op) => `${op}, and nothing else`).join() ?? UNKNOWN),
    ...fact('enabled', kek.enabled === null ? UNKNOWN : 'yes'),
    ...fact('valid from', limit(kek, kek.nbf, now)),
    ...fact('valid until', limit(kek, kek.exp, now)),
    '',
    ...fact('read from', `${printable(kek.file)}, ${FORMS[kek.form]}`),
    ...fact('SHA-256', ...hexGroups(kek.sha256)),
    ...fact('fetched', fetched(kek, now)),
    ...fact('now', `${utc(now)}, as the clock of this machine says`),
    '',
    `THUMBPRINT  ${kek.thumbprint}`,
    ...fact('as hex', ...hexGroups(kek.thumbprintHex)),
    ...fact('as words', ...numberedWords(kek.thumbprintWords)),
    '',
    ...notCheckedLines(kek.notChecked),
    '',
    'Whose key this is, a thumbprint from a second source decides: not this file, and nothing that came with it.',
  ].join('\n');
}

/** Whether the file carries dates at all decides what an absent one means. */
function limit(kek: Result, seconds: number | null, now: Date): string {
  if (seconds === null) return kek.notChecked.includes('kek-dates') ? UNKNOWN : 'no limit';
  const time = new Date(seconds * 1000);
  return `${utc(time)}, ${fromNow(time, now)}`;
}

function fetched({ fetchedAt, tool }: Result, now: Date): string {
  if (fetchedAt === null) return 'this form of file does not say when, and by which program';
  const time = new Date(fetchedAt);
  const by = tool === null ? '' : `, by ${tool.name} ${tool.version}`;
  return `${utc(time)}, ${fromNow(time, now)}${by}; so the file says`;
}

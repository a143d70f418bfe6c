import { notCheckedLines, notCheckedSchema, parseThumbprint, thumbprintLines, thumbprintOf } from '@keyferry/blob';
import { CKM } from '@keyferry/pkcs11';
import { defineCommand } from '@keyferry/terminal';
import {
  type ModuleArguments,
  moduleOptions,
  type OpenToken,
  pinOptions,
  tokenOptions,
  tokenUri,
  withToken,
} from '@keyferry/token';
import { z } from 'zod';
import { type GeneratedKey, generateTarget } from '../generate/generate-target.js';
import { KEY_KINDS, type KeyKindName } from '../generate/key-kinds.js';
import { commandLine, keyUri, parameterWords, tokenWords } from '../generate/next-command.js';
import { idFromHex, labelText, newId } from '../generate/object-names.js';
import { modeOf, PRACTICE_NOTICE } from '../mode.js';

const flag = z.boolean().nullable();
const resultSchema = z.strictObject({
  mode: z.enum(['production', 'practice']),
  token: z.strictObject({ label: z.string(), serial: z.string() }),
  type: z.enum(['RSA', 'EC', 'oct']),
  bits: z.int(),
  crv: z.enum(['P-256', 'P-384', 'P-521', 'secp256k1']).nullable(),
  label: z.string(),
  /** CKA_ID in hex. */
  id: z.string(),
  /** As the token shows them; null where it does not. */
  attributes: z.strictObject({
    sensitive: flag,
    alwaysSensitive: flag,
    extractable: flag,
    wrapWithTrusted: flag,
    local: flag,
  }),
  /** RFC 7638 thumbprint of the public key; null for AES keys. */
  thumbprint: z.string().nullable(),
  /** Key check value of an AES key: 6 hex digits. */
  kcv: z.string().nullable(),
  /** The key as PKCS#11 URI. */
  key: z.string(),
  warnings: z.array(z.string()),
  notChecked: notCheckedSchema,
  /** The commands that carry the key out, in their order. */
  next: z.array(z.string()),
});
type Result = z.output<typeof resultSchema>;

export const generateCommand = defineCommand({
  name: 'generate',
  summary: 'generate a key inside the HSM that can cross later',
  details:
    'The key is sensitive and extractable, and what the HSM made is read back. --wrap-with-trusted lets it leave under ' +
    "the security officer's wrapping keys only; without that, whoever is logged in can take it out.",
  options: {
    ...tokenOptions,
    ...moduleOptions,
    type: { type: 'string', demandOption: true, choices: Object.keys(KEY_KINDS), describe: 'kind of key' },
    label: { type: 'string', demandOption: true, coerce: labelText, describe: 'label (CKA_LABEL), new in this token' },
    id: { type: 'string', coerce: idFromHex, describe: 'CKA_ID in hex, new in this token; default 16 random bytes' },
    'wrap-with-trusted': {
      type: 'boolean',
      default: false,
      describe: 'set CKA_WRAP_WITH_TRUSTED: the key leaves under trusted wrapping keys only',
    },
    ...pinOptions,
  },
  examples: [
    ['keyferry-wrap generate --token prod --module /usr/lib/hsm.so --type ec-p256 --label payroll', 'asks for the PIN'],
  ],
  result: resultSchema,
  text: describeResult,
  async run(args, terminal, signal) {
    const kind = KEY_KINDS[args.type as KeyKindName];
    const name = { label: args.label ?? '', id: args.id ?? newId() };
    const result = await withToken(
      tokenUri(args.token),
      args,
      terminal,
      async (open) => {
        const { wrapWithTrusted } = args;
        const made = await generateTarget(open.session, { kind, name, wrapWithTrusted }, signal);
        return resultOf(open, made, args);
      },
      { writable: true },
    );
    for (const warning of result.warnings) terminal.warn(warning);
    return { result };
  },
});

function resultOf(open: OpenToken, made: GeneratedKey, args: ModuleArguments): Result {
  const { target, publicKey, kcv, notChecked } = made;
  const { label, id, type, crv, attributes } = target;
  const mode = modeOf(open.token);
  const key = keyUri(open, { label, id: Buffer.from(id, 'hex') }, type === 'oct' ? 'secret-key' : 'private');
  return {
    mode,
    token: { label: open.token.label, serial: open.token.serial },
    type,
    bits: target.bits ?? 0,
    crv,
    label,
    id,
    attributes,
    thumbprint: publicKey === null ? null : thumbprintOf(publicKey),
    kcv,
    key,
    warnings: [
      ...(mode === 'practice' ? [PRACTICE_NOTICE] : []),
      attributes.wrapWithTrusted === true ? ENFORCEMENT_NOTICE : EXTRACTABLE_WARNING,
    ],
    notChecked: [...notChecked],
    next: nextCommands(open, made, key, args),
  };
}

const EXTRACTABLE_WARNING =
  'CKA_EXTRACTABLE without CKA_WRAP_WITH_TRUSTED protects nothing from whoever is logged in: any session can take the key out under a wrapping key of its own';

const ENFORCEMENT_NOTICE =
  'CKA_WRAP_WITH_TRUSTED protects the key only if the HSM keeps that rule: keyferry-wrap doctor tries it with a throwaway key';

function nextCommands(open: OpenToken, { target }: GeneratedKey, key: string, args: ModuleArguments): string[] {
  const out = `${target.label.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+/, '') || 'key'}.byok`;
  const wrap = ['keyferry-wrap', 'wrap', '--kek', 'KEK.kek.json', '--key', key, ...parameterWords(args)];
  if (target.attributes.wrapWithTrusted !== true) return [commandLine(...wrap, '--out', out)];
  const trust = (...words: string[]) => commandLine('keyferry-wrap', 'trust', ...words, ...tokenWords(open, args));
  const inOneCall = target.type !== 'oct' && open.token.mechanisms().has(CKM.RSA_AES_KEY_WRAP);
  return [
    trust('kek', '--kek', 'KEK.kek.json'),
    ...(inOneCall ? [] : [trust('wrapping-key', '--label', 'WRAPPING-KEY')]),
    commandLine(...wrap, ...(inOneCall ? [] : ['--trusted-wrapping-key', 'URI-OF-WRAPPING-KEY']), '--out', out),
  ];
}

function describeResult(result: Result): string {
  const kind =
    result.crv !== null ? `EC ${result.crv}` : `${result.type === 'oct' ? 'AES' : result.type} ${result.bits}`;
  const attributes = Object.entries(result.attributes).map(([name, value]) => `${name} ${value ?? 'not shown'}`);
  return [
    ...(result.mode === 'practice' ? ['PRACTICE KEY'] : []),
    `generated   ${kind} key "${result.label}" in token "${result.token.label}", serial ${result.token.serial}`,
    `id          ${result.id}`,
    `attributes  ${attributes.join(', ')}`,
    ...(result.thumbprint === null
      ? []
      : [`thumbprint  ${result.thumbprint}`, ...thumbprintLines(parseThumbprint(result.thumbprint))]),
    ...(result.kcv === null ? [] : [`KCV         ${result.kcv} (finds errors, not attackers)`]),
    ...notCheckedLines(result.notChecked),
    'next',
    ...result.next.map((command) => `  ${command}`),
  ].join('\n');
}

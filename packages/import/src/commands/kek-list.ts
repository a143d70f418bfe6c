import { checkKek, thumbprintHex } from '@keyferry/blob';
import { type ErrorCode, KeyferryError } from '@keyferry/errors';
import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { eachOf } from '../each-of.js';
import { isImportOnly, kekOfService } from '../kek.js';
import { modeLines } from '../mode.js';
import { VAULT_OPTIONS, vaultOf } from '../options.js';
import type { ServiceKey } from '../service-key.js';

/** Requests under way at the same time. */
const AT_ONCE = 8;

const listedSchema = z.strictObject({
  kid: z.string(),
  bits: z.int(),
  /** 64 hex digits. */
  thumbprintHex: z.string(),
  /** Unix seconds; null: no limit. */
  nbf: z.int().nullable(),
  exp: z.int().nullable(),
  enabled: z.boolean().nullable(),
  /** Whether a blob could be imported under it now; else the code of the rule that it breaks. */
  usable: z.boolean(),
  breaks: z.string().nullable(),
});
type Listed = z.output<typeof listedSchema>;

const resultSchema = z.strictObject({
  vault: z.string(),
  emulator: z.boolean(),
  keks: z.array(listedSchema),
});

export const kekListCommand = defineCommand({
  name: 'kek list',
  summary: 'list the key exchange keys of a vault: every version that may do nothing but import',
  details:
    'Older versions are listed too: a blob that was made for one stays importable until it expires or is disabled. The ' +
    'service lists names only, so every version of every key is asked for.',
  options: VAULT_OPTIONS,
  examples: [['keyferry-import kek list --vault-url https://prod.vault.azure.net', 'which of them still live']],
  result: resultSchema,
  text: ({ emulator, vault, keks }) =>
    [
      ...modeLines({ mode: null, emulator }),
      ...(keks.length === 0 ? [`no key exchange key in ${vault}`] : keks.flatMap(linesOf)),
    ].join('\n'),
  async run(args, terminal, signal) {
    const vault = await vaultOf(args, terminal, signal);
    const names = await vault.names();
    const versions = await eachOf(names, AT_ONCE, async (name) =>
      (await vault.versions(name)).map((version) => ({ name, version })),
    );
    const keys = await eachOf(versions.flat(), AT_ONCE, ({ name, version }) => vault.key(name, version));
    const keks = keys.filter((key) => key.kty === 'RSA-HSM' && isImportOnly(key)).map((key) => listed(key, new Date()));
    return { result: { vault: vault.address.url, emulator: vault.emulator, keks } };
  },
});

function listed(key: ServiceKey, now: Date): Listed {
  const { kek } = kekOfService(key, now);
  const { enabled, exp, nbf } = key.attributes;
  const breaks = ruleBroken(() => checkKek(kek, now));
  const { bits, kid, thumbprint } = kek;
  return {
    kid: kid.text,
    bits,
    thumbprintHex: thumbprintHex(thumbprint),
    nbf,
    exp,
    enabled,
    usable: breaks === null,
    breaks,
  };
}

function ruleBroken(check: () => void): ErrorCode | null {
  try {
    check();
    return null;
  } catch (error) {
    if (!(error instanceof KeyferryError)) throw error;
    return error.code;
  }
}

function linesOf({ kid, bits, thumbprintHex, exp, usable, breaks }: Listed): string[] {
  const end = exp === null ? 'never expires' : `expires ${new Date(exp * 1000).toISOString()}`;
  return [
    kid,
    `  RSA-HSM ${bits}, ${usable ? 'usable' : `NOT usable: ${breaks}`}, ${end}`,
    `  thumbprint ${thumbprintHex}`,
  ];
}

import { defineCommand } from '@keyferry/terminal';
import { moduleOptions, pinOptions, tokenOptions } from '@keyferry/token';
import { z } from 'zod';
import { examine } from '../doctor/examine.js';
import { findingLines, LEVELS, VERDICTS, verdictOf } from '../doctor/findings.js';
import { kekOptions } from '../kek/read-kek.js';
import { mechanismOptions } from '../wrapping/ladder.js';

const resultSchema = z.strictObject({
  verdict: z.enum(VERDICTS),
  /** When the examination began, by the clock of this machine. */
  checkedAt: z.iso.datetime(),
  module: z.strictObject({ path: z.string(), sha256: z.string() }),
  /** null where none could be chosen. */
  token: z
    .strictObject({
      label: z.string(),
      manufacturer: z.string(),
      model: z.string(),
      serial: z.string(),
      firmware: z.string(),
    })
    .nullable(),
  findings: z.array(
    z.strictObject({
      /** Subject and name, such as token/pin. */
      id: z.string(),
      level: z.enum(LEVELS),
      text: z.string(),
      /** What to do, or whom to ask. */
      hint: z.string().optional(),
    }),
  ),
});
type Result = z.output<typeof resultSchema>;

export const doctorCommand = defineCommand({
  name: 'doctor',
  summary: 'tell before a ceremony what will go wrong with this HSM, this KEK and this key',
  details:
    'No key that exists is touched: attributes are read, and everything else is tried with throwaway keys of the session, ' +
    'which are gone afterwards. The last line is READY, READY WITH WARNINGS or NOT READY (exit 3).',
  options: {
    ...moduleOptions,
    token: { ...tokenOptions.token, demandOption: false },
    key: { type: 'string', describe: 'the key that shall cross, as PKCS#11 URI (RFC 7512)' },
    kek: { ...kekOptions.kek, demandOption: false },
    kid: kekOptions.kid,
    ...pinOptions,
    ...mechanismOptions,
    out: { type: 'string', describe: 'folder that blob and manifest will be written to' },
  },
  examples: [
    ['keyferry-wrap doctor --module /usr/lib/hsm.so --token prod', 'what this HSM can do'],
    [
      "keyferry-wrap doctor --module /usr/lib/hsm.so --key 'pkcs11:token=prod;object=payroll' --kek payroll-kek.kek.json --out /media/stick",
      'everything about one transfer',
    ],
  ],
  result: resultSchema,
  text: describeResult,
  async run(args, terminal, signal) {
    const checkedAt = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const { findings, module, token } = await examine(args, terminal, signal);
    const verdict = verdictOf(findings);
    const named = token && {
      label: token.label,
      manufacturer: token.manufacturer,
      model: token.model,
      serial: token.serial,
      firmware: token.firmware,
    };
    return {
      result: { verdict, checkedAt, module, token: named, findings: [...findings] },
      exit: verdict === 'NOT READY' ? 'policy' : 'done',
    };
  },
});

function describeResult({ verdict, checkedAt, findings }: Result): string {
  return [`examined at ${checkedAt}`, ...findingLines(findings as Parameters<typeof findingLines>[0]), verdict].join(
    '\n',
  );
}

import { notCheckedLines, notCheckedSchema, parseThumbprint, thumbprintLines } from '@keyferry/blob';
import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { commandLine, tokenWords } from '../generate/next-command.js';
import { labelText } from '../generate/object-names.js';
import { confirmKek } from '../kek/confirm.js';
import { kekOptions, readCheckedKek } from '../kek/read-kek.js';
import { modeOf, PRACTICE_NOTICE } from '../mode.js';
import { labelOfKek } from '../trust/kek-names.js';
import { makeTrustedKek } from '../trust/make-trusted-kek.js';
import { officerOptions, withOfficer } from '../trust/officer.js';

const resultSchema = z.strictObject({
  mode: z.enum(['production', 'practice']),
  token: z.strictObject({ label: z.string(), serial: z.string() }),
  kid: z.string(),
  thumbprint: z.string(),
  bits: z.int(),
  /** False: the token had this KEK as a trusted key already, and nothing was made. */
  made: z.boolean(),
  label: z.string(),
  /** CKA_ID in hex: that of a key made here is its thumbprint. */
  id: z.string(),
  warnings: z.array(z.string()),
  notChecked: notCheckedSchema,
  /** The command that takes the trust back. */
  removal: z.string(),
});
type Result = z.output<typeof resultSchema>;

export const trustKekCommand = defineCommand({
  name: 'trust kek',
  summary: 'let the security officer make a KEK a trusted wrapping key of the token',
  details:
    'Keys with CKA_WRAP_WITH_TRUSTED leave the token under trusted keys only. The KEK is checked and confirmed as for a ' +
    'wrap, imported as a public key that can wrap and do nothing else, and read back. A second run makes nothing.',
  options: {
    ...kekOptions,
    ...officerOptions,
    label: {
      type: 'string',
      coerce: labelText,
      describe: 'label of the object; default KEK-NAME/first 8 of its version',
    },
    'confirm-thumbprint': { type: 'string', describe: 'thumbprint of the KEK, from a second source' },
  },
  examples: [
    [
      'keyferry-wrap trust kek --kek kek.kek.json --token prod --module /usr/lib/hsm.so',
      "asks for the thumbprint and the security officer's PIN",
    ],
  ],
  result: resultSchema,
  text: describeResult,
  async run(args, terminal, signal) {
    const kek = await readCheckedKek(args.kek, args.kid);
    await confirmKek(kek, args.confirmThumbprint, terminal);
    const result = await withOfficer(args, terminal, async (open): Promise<Result> => {
      const { session, token } = open;
      const { object, made } = await makeTrustedKek(session, kek, args.label ?? labelOfKek(kek), signal);
      const mode = modeOf(token);
      const id = session.read(object, 'id')?.toString('hex') ?? '';
      const label = session.read(object, 'label') ?? '';
      const named = id === '' ? ['--label', label] : ['--id', id];
      return {
        mode,
        token: { label: token.label, serial: token.serial },
        kid: kek.kid.text,
        thumbprint: kek.thumbprint,
        bits: kek.bits,
        made,
        label,
        id,
        warnings: mode === 'practice' ? [PRACTICE_NOTICE] : [],
        notChecked: [...kek.notChecked],
        removal: commandLine('keyferry-wrap', 'trust', 'remove', ...named, ...tokenWords(open, args)),
      };
    });
    for (const warning of result.warnings) terminal.warn(warning);
    return { result };
  },
});

function describeResult(result: Result): string {
  return [
    ...(result.mode === 'practice' ? ['PRACTICE KEY'] : []),
    `${result.made ? 'trusted     ' : 'unchanged   the token trusts this KEK already: '}${result.kid}`,
    `            ${result.thumbprint}`,
    ...thumbprintLines(parseThumbprint(result.thumbprint)),
    `as          "${result.label}" with id ${result.id || '(none)'} in token "${result.token.label}", serial ${result.token.serial}`,
    ...notCheckedLines(result.notChecked),
    'when it has done its duty',
    `  ${result.removal}`,
  ].join('\n');
}

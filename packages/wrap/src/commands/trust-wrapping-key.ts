import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { commandLine, keyUri, parameterWords, tokenWords } from '../generate/next-command.js';
import { labelText, newId } from '../generate/object-names.js';
import { modeOf, PRACTICE_NOTICE } from '../mode.js';
import { makeWrappingKey } from '../trust/make-wrapping-key.js';
import { officerOptions, withOfficer } from '../trust/officer.js';

const resultSchema = z.strictObject({
  mode: z.enum(['production', 'practice']),
  token: z.strictObject({ label: z.string(), serial: z.string() }),
  label: z.string(),
  /** CKA_ID in hex. */
  id: z.string(),
  bits: z.literal(256),
  /** The key as PKCS#11 URI. */
  key: z.string(),
  warnings: z.array(z.string()),
  /** The command that uses and destroys it. */
  next: z.string(),
  /** The command that destroys it unused. */
  removal: z.string(),
});
type Result = z.output<typeof resultSchema>;

const NOT_EPHEMERAL =
  'this key is not ephemeral: until it is destroyed, what it wrapped depends on it. A wrap that uses it destroys it; if none does, remove it';

export const trustWrappingKeyCommand = defineCommand({
  name: 'trust wrapping-key',
  summary: 'let the security officer make an AES key that wraps keys with CKA_WRAP_WITH_TRUSTED',
  details:
    'A token without CKM_RSA_AES_KEY_WRAP, and any AES target, needs a trusted AES key between the target and the KEK. This ' +
    'one can wrap and do nothing else, leaves under a trusted KEK only, and can be neither changed nor copied.',
  options: {
    ...officerOptions,
    label: { type: 'string', demandOption: true, coerce: labelText, describe: 'label (CKA_LABEL), new in this token' },
  },
  examples: [
    [
      'keyferry-wrap trust wrapping-key --label for-payroll --token prod --module /usr/lib/hsm.so',
      "asks for the security officer's PIN",
    ],
  ],
  result: resultSchema,
  text: describeResult,
  async run(args, terminal, signal) {
    const name = { label: args.label ?? '', id: newId() };
    const result = await withOfficer(args, terminal, async (open): Promise<Result> => {
      await makeWrappingKey(open.session, name, signal);
      const mode = modeOf(open.token);
      const id = name.id.toString('hex');
      const key = keyUri(open, name, 'secret-key');
      const wrap = ['--kek', 'KEK.kek.json', '--key', 'URI-OF-TARGET', '--trusted-wrapping-key', key];
      return {
        mode,
        token: { label: open.token.label, serial: open.token.serial },
        label: name.label,
        id,
        bits: 256,
        key,
        warnings: [...(mode === 'practice' ? [PRACTICE_NOTICE] : []), NOT_EPHEMERAL],
        next: commandLine('keyferry-wrap', 'wrap', ...wrap, ...parameterWords(args), '--out', 'NAME.byok'),
        removal: commandLine('keyferry-wrap', 'trust', 'remove', '--id', id, ...tokenWords(open, args)),
      };
    });
    for (const warning of result.warnings) terminal.warn(warning);
    return { result };
  },
});

function describeResult(result: Result): string {
  return [
    ...(result.mode === 'practice' ? ['PRACTICE KEY'] : []),
    `made        trusted AES 256 key "${result.label}" in token "${result.token.label}", serial ${result.token.serial}`,
    `id          ${result.id}`,
    'next',
    `  ${result.next}`,
    'if it is not used',
    `  ${result.removal}`,
  ].join('\n');
}

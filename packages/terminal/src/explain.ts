import { ERROR_CODES, type ErrorCode, EXIT, explainCode, isErrorCode, KeyferryError } from '@keyferry/errors';
import { z } from 'zod';
import { defineCommand } from './command.js';
import { nearest } from './nearest.js';

const ALL = Object.keys(ERROR_CODES).sort() as ErrorCode[];

/** What `explain` prints with --json. */
export const explainedErrors = z.strictObject({
  codes: z.array(
    z.strictObject({
      code: z.string(),
      exit: z.number().int(),
      title: z.string(),
      why: z.string(),
      mend: z.string(),
    }),
  ),
});

/** `explain [code]`, which every program has: works without network, HSM or files. Throws UNKNOWN_ERROR_CODE. */
export const explain = defineCommand({
  name: 'explain',
  positionals: {
    code: { type: 'string', describe: 'an error code, as it stands in error[CODE]; all codes without it' },
  },
  summary: 'explain an error code, or list them all',
  options: {},
  examples: [['explain KEK_OPS_NOT_IMPORT_ONLY', 'what it protects, and what to do']],
  result: explainedErrors,
  text: ({ codes }) =>
    codes.length === 1 ? codes.map(({ code }) => explainCode(code as ErrorCode)).join() : listed(codes),
  run: async ({ code }) => ({
    result: { codes: (code === undefined ? ALL : [found(code)]).map(entryOf) },
  }),
});

function found(text: string): ErrorCode {
  const code = text.toUpperCase();
  if (isErrorCode(code)) return code;
  const near = nearest(code, ALL);
  throw new KeyferryError('UNKNOWN_ERROR_CODE', {
    reason: `found ${text}${near === null ? '' : `; did you mean ${near}?`}`,
  });
}

function entryOf(code: ErrorCode) {
  const { exit, title, why, mend } = ERROR_CODES[code];
  return { code, exit: EXIT[exit], title, why, mend };
}

function listed(codes: z.output<typeof explainedErrors>['codes']): string {
  const width = Math.max(...codes.map(({ code }) => code.length));
  return codes.map(({ code, title }) => `${code.padEnd(width)}  ${title}`).join('\n');
}

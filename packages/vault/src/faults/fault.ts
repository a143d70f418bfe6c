import { KeyferryError } from '@keyferry/errors';
import { z } from 'zod';

/** `*` stands for any text. */
const pattern = z.string().min(1).max(512);
const milliseconds = z.int().min(1).max(600_000);

const common = {
  /** Which requests it strikes; a member that is left out does not narrow. The path is as sent, without its query. */
  host: pattern.optional(),
  method: z
    .string()
    .regex(/^[A-Z]{1,16}$/)
    .optional(),
  path: pattern.optional(),
  /** How many requests it strikes before it is used up. */
  count: z.union([z.int().min(1).max(1_000_000), z.literal('unlimited')]).default(1),
};

/** What goes wrong on purpose, and for which requests. */
export const faultSchema = z.discriminatedUnion('kind', [
  /** The work begins later. */
  z.strictObject({ kind: z.literal('delay'), ms: milliseconds, ...common }),
  /** An error in place of the work. `retryAfter` in seconds; `body` is in the service's shape unless said. */
  z.strictObject({
    kind: z.literal('error'),
    status: z.int().min(400).max(599),
    retryAfter: z.int().min(0).max(86_400).optional(),
    body: z.enum(['json', 'html', 'empty']).default('json'),
    ...common,
  }),
  /** The connection is reset, and no work is done. */
  z.strictObject({ kind: z.literal('reset'), ...common }),
  /** The work is done and kept; then the connection is reset in place of the answer. */
  z.strictObject({ kind: z.literal('lost-answer'), ...common }),
  /** The work is done; the body of the answer takes so long. */
  z.strictObject({ kind: z.literal('slow-body'), ms: milliseconds, ...common }),
  /** The clock of the server is so many seconds ahead (negative: behind): for tokens, exp and nbf, dates and Date. */
  z.strictObject({ kind: z.literal('clock'), seconds: z.int().min(-1e9).max(1e9), ...common }),
]);

export type Fault = Readonly<z.output<typeof faultSchema>>;
/** The same as it is given: without what has a default. */
export type FaultSpec = Readonly<z.input<typeof faultSchema>>;

const NUMBER = /^-?\d{1,15}$/;

/** Reads `KIND,NAME=VALUE,...`, as `serve --fault` takes it; names are those of the schema, in kebab-case. Throws USAGE. */
export function parseFault(text: string): Fault {
  const [kind, ...pairs] = text.split(',');
  const members = pairs.map((pair) => {
    const equals = pair.indexOf('=');
    if (equals < 1) throw badFault(text, `expected NAME=VALUE, found "${pair}"`);
    const name = pair.slice(0, equals).replace('retry-after', 'retryAfter');
    const value = pair.slice(equals + 1);
    return [name, NUMBER.test(value) ? Number(value) : value] as const;
  });
  if (new Set(members.map(([name]) => name)).size < members.length) throw badFault(text, 'a name is given twice');
  const parsed = faultSchema.safeParse({ ...Object.fromEntries(members), kind });
  if (parsed.success) return parsed.data;
  throw badFault(text, reasonOf(parsed.error));
}

/** The first thing that is wrong, in one line. */
export function reasonOf(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? 'not a fault' : `${issue.path.join('.') || 'the fault'}: ${issue.message}`;
}

function badFault(text: string, reason: string): KeyferryError {
  return new KeyferryError('USAGE', {
    reason: `--fault ${text}: ${reason}`,
    hint: 'for example --fault lost-answer,method=PUT or --fault error,status=429,retry-after=1,count=3',
  });
}

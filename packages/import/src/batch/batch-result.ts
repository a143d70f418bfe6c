import { type NotChecked, notCheckedLines, notCheckedSchema, thumbprintOf } from '@keyferry/blob';
import type { ExitName } from '@keyferry/errors';
import { ERROR_CODES, type KeyferryError } from '@keyferry/errors';
import { z } from 'zod';
import { modeLines } from '../mode.js';
import type { Item } from './check-batch.js';
import { isOpen } from './check-batch.js';
import type { Ended } from './import-all.js';

const key = z.strictObject({
  /** Where the plan names it (`line 3`, `keys[1]`), or the file in the folder. */
  place: z.string(),
  /** The file of the blob. */
  blob: z.string(),
  /** Name in the vault. */
  name: z.string(),
  /**
   * imported: by this run. resumed: an earlier run had sent it, and this one found, compared and enabled it. finished: by an
   * earlier run. unknown: it was sent, and whether the vault made the key is not known. not-tried: the batch was stopped.
   * would-send, would-look: what a run without --dry-run would do.
   */
  state: z.enum(['imported', 'resumed', 'finished', 'failed', 'unknown', 'not-tried', 'would-send', 'would-look']),
  /** Such as RSA 2048. */
  kind: z.string(),
  /** What the key may do. */
  ops: z.array(z.string()),
  /** The version that is enabled now, by its full identifier; null for none. */
  kid: z.string().nullable(),
  /** RFC 7638; null for AES keys, and where nobody said. */
  targetThumbprint: z.string().nullable(),
  confirmedBy: z.string(),
  /** What was compared before it was enabled. */
  verified: z.array(z.string()),
  receipt: z.string().nullable(),
  error: z.strictObject({ code: z.string(), cause: z.string(), hint: z.string() }).nullable(),
});

/** What `batch` prints with --json. */
export const batchResultSchema = z.strictObject({
  dryRun: z.boolean(),
  mode: z.enum(['practice', 'production']),
  emulator: z.boolean(),
  vault: z.string(),
  journal: z.string(),
  counts: z.strictObject({
    imported: z.int(),
    resumed: z.int(),
    finished: z.int(),
    failed: z.int(),
    unknown: z.int(),
    notTried: z.int(),
  }),
  keys: z.array(key),
  /** Why keys were not tried; null when all were. */
  stopped: z.string().nullable(),
  /** The KEKs that were disabled at the end. */
  keksRetired: z.array(z.string()),
  /** What nobody checked, of the keys that were imported; each receipt has its own list. */
  notChecked: notCheckedSchema,
});

export type BatchResult = z.output<typeof batchResultSchema>;
type KeyResult = z.output<typeof key>;
type State = KeyResult['state'];

/** `ended` is null for a dry run. */
export function keyResult(item: Item, ended: Ended | null): KeyResult {
  const { entry, plan, files, todo } = item;
  const { expected, request } = plan;
  const size = expected.type === 'EC' ? expected.crv : (expected.bits ?? '');
  const receipt = ended !== null && 'receipt' in ended ? ended.receipt : todo.act === 'nothing' ? todo.receipt : null;
  const error = ended !== null && 'error' in ended ? ended.error : null;
  return {
    place: entry.place,
    blob: files.blob,
    name: plan.name,
    state: ended?.state ?? stateOfTodo(item),
    kind: `${expected.type === 'oct' ? 'AES' : expected.type} ${size}`.trim(),
    ops: [...request.keyOps],
    kid: receipt?.key.kid ?? null,
    targetThumbprint:
      receipt?.target.thumbprint ??
      expected.thumbprint ??
      (expected.publicKey === null ? null : thumbprintOf(expected.publicKey)),
    confirmedBy: receipt?.confirmedBy ?? plan.confirmedBy,
    verified: [...(receipt?.verified ?? [])],
    receipt: receipt === null ? null : files.receipt,
    error: error === null ? null : { code: error.code, cause: error.reason, hint: error.hint },
  };
}

function stateOfTodo(item: Item): State {
  if (!isOpen(item)) return item.todo.act === 'nothing' ? 'finished' : 'failed';
  return item.todo.act === 'look' ? 'would-look' : 'would-send';
}

export function countsOf(keys: readonly KeyResult[]): BatchResult['counts'] {
  const count = (state: State) => keys.filter((each) => each.state === state).length;
  return {
    imported: count('imported'),
    resumed: count('resumed'),
    finished: count('finished'),
    failed: count('failed'),
    unknown: count('unknown'),
    notTried: count('not-tried'),
  };
}

export function notCheckedOf(ended: readonly Ended[]): NotChecked[] {
  return [...new Set(ended.flatMap((end) => ('receipt' in end ? end.receipt.notChecked : [])))];
}

/**
 * A key that is another one than it should be weighs most, then an unknown outcome; what failed gives its own exit if that is
 * the same for all.
 */
export function exitOf(ended: readonly Ended[]): ExitName {
  const errors = ended.flatMap((end): KeyferryError[] => ('error' in end ? [end.error] : []));
  if (errors.some(({ code }) => code === 'IMPORTED_KEY_MISMATCH')) return 'verification';
  if (ended.some(({ state }) => state === 'unknown')) return 'service';
  const [first, ...others] = new Set(errors.map(({ code }) => ERROR_CODES[code].exit));
  if (first === undefined) return ended.some(({ state }) => state === 'not-tried') ? 'failed' : 'done';
  return others.length > 0 ? 'failed' : first;
}

export function describeBatch(result: BatchResult): string {
  const { dryRun, mode, emulator, vault, journal, counts, keys, stopped, keksRetired, notChecked } = result;
  const width = Math.max(...keys.map(({ name }) => name.length));
  const troubled = keys.filter(({ error }) => error !== null);
  const unsigned = keys.filter(({ confirmedBy, kid }) => kid !== null && confirmedBy === 'unsigned-manifest').length;
  const some = (count: number, words: string) => (count > 0 ? [words] : []);
  return [
    ...modeLines({ mode, emulator }),
    ...keys.map((each) =>
      [WORDS[each.state].padEnd(10), each.name.padEnd(width), each.kind.padEnd(12), tailOf(each, dryRun)]
        .join('  ')
        .trimEnd(),
    ),
    '',
    ...troubled.flatMap(({ place, name, error }) => [
      `${place} (${name}): ${error?.code}: ${error?.cause}`,
      `  hint: ${error?.hint}`,
    ]),
    ...some(troubled.length, ''),
    `vault       ${vault}`,
    ...(dryRun ? ['dry run     nothing was sent'] : [`journal     ${journal}`, `imported    ${counts.imported}`]),
    ...some(counts.resumed, `resumed     ${counts.resumed}, which an earlier run had sent`),
    ...some(counts.finished, `finished    ${counts.finished}, by an earlier run`),
    ...some(counts.failed, `failed      ${counts.failed}`),
    ...some(counts.unknown, `UNKNOWN     ${counts.unknown}: sent, and it is not known whether the vault made them`),
    ...some(counts.notTried, `not tried   ${counts.notTried} (${stopped})`),
    ...some(unsigned, `verdict     ${unsigned} of the keys in the vault match an UNSIGNED manifest only`),
    ...keksRetired.map((kid) => `KEK         ${kid} is disabled now: its blobs cannot be imported again`),
    ...some(
      keksRetired.length === 0 && !dryRun ? 1 : 0,
      'KEK         the blobs stay importable as long as their KEK lives; --retire-kek disables it',
    ),
    ...(notChecked.length > 0 ? notCheckedLines(notChecked) : []),
  ].join('\n');
}

function tailOf({ ops, kid, targetThumbprint }: KeyResult, dryRun: boolean): string {
  const thumbprint = targetThumbprint?.split(':').at(-1) ?? '';
  return dryRun ? `${ops.join(',')}  ${thumbprint}` : `${kid?.split('/').at(-1) ?? ''}  ${thumbprint}`;
}

const WORDS: Readonly<Record<State, string>> = {
  imported: 'imported',
  resumed: 'resumed',
  finished: 'finished',
  failed: 'FAILED',
  unknown: 'UNKNOWN',
  'not-tried': 'not tried',
  'would-send': 'would send',
  'would-look': 'would look',
};

import { notCheckedLines, notCheckedSchema } from '@keyferry/blob';
import { z } from 'zod';
import type { Checked } from './check-plan.js';
import type { Ended } from './wrap-all.js';

const key = z.strictObject({
  /** Where the plan names it: `line 3`, `keys[1]`. */
  place: z.string(),
  /** The blob, without its folder. */
  out: z.string(),
  /** PKCS#11 URI, as the plan has it. */
  key: z.string(),
  kid: z.string(),
  /**
   * wrapped: by this run. adopted: an interrupted run wrote the files, and the token proved that they are of this key.
   * finished: an earlier run said so, and blob and manifest are as it left them. not-tried: a failure ended the run.
   */
  state: z.enum(['wrapped', 'adopted', 'finished', 'failed', 'not-tried']),
  /** Such as RSA 2048; null for keys that this run did not touch. */
  kind: z.string().nullable(),
  /** RFC 7638; null for AES keys, where no public key could be had, and for keys that this run did not touch. */
  targetThumbprint: z.string().nullable(),
  error: z.strictObject({ code: z.string(), cause: z.string(), hint: z.string() }).nullable(),
});

export const batchResultSchema = z.strictObject({
  mode: z.enum(['practice', 'production']),
  folder: z.string(),
  journal: z.string(),
  counts: z.strictObject({
    wrapped: z.int(),
    adopted: z.int(),
    finished: z.int(),
    failed: z.int(),
    notTried: z.int(),
  }),
  keys: z.array(key),
  /** Each warning once, with the number of keys that it is about and the first of them (null: it is about all). */
  warnings: z.array(z.strictObject({ text: z.string(), keys: z.int().nullable(), first: z.string().nullable() })),
  /** What nobody checked, of the keys that were wrapped or adopted; each manifest has its own list. */
  notChecked: notCheckedSchema,
});

export type BatchResult = z.output<typeof batchResultSchema>;

export function keyResult({ entry, kek }: Pick<Checked, 'entry' | 'kek'>, ended: Ended): z.output<typeof key> {
  const { place, out } = entry;
  const done = ended.state === 'wrapped' || ended.state === 'adopted' ? ended : null;
  const error = ended.state === 'failed' ? ended.error : null;
  return {
    place,
    out,
    key: entry.key,
    kid: kek.kid.text,
    state: ended.state,
    kind: done?.kind ?? null,
    targetThumbprint: done?.targetThumbprint ?? null,
    error: error === null ? null : { code: error.code, cause: error.reason, hint: error.hint },
  };
}

export function countsOf(keys: BatchResult['keys']): BatchResult['counts'] {
  const count = (state: BatchResult['keys'][number]['state']) => keys.filter((each) => each.state === state).length;
  return {
    wrapped: count('wrapped'),
    adopted: count('adopted'),
    finished: count('finished'),
    failed: count('failed'),
    notTried: count('not-tried'),
  };
}

export function describeBatch({ mode, folder, journal, counts, keys, notChecked }: BatchResult): string {
  const width = Math.max(...keys.map(({ out }) => out.length));
  const failed = keys.filter(({ error }) => error !== null);
  return [
    ...(mode === 'practice' ? ['PRACTICE KEYS'] : []),
    ...keys.map(({ state, out, kind, targetThumbprint }) =>
      [WORDS[state].padEnd(9), out.padEnd(width), (kind ?? '').padEnd(12), targetThumbprint?.split(':').at(-1) ?? '']
        .join('  ')
        .trimEnd(),
    ),
    '',
    ...failed.flatMap(({ place, out, error }) => [`${place} (${out}): ${error?.code}: ${error?.cause}`]),
    ...(failed.length > 0 ? [''] : []),
    `folder      ${folder}`,
    `journal     ${journal}`,
    `wrapped     ${counts.wrapped}`,
    ...(counts.adopted > 0 ? [`adopted     ${counts.adopted}, which an interrupted run had written`] : []),
    ...(counts.finished > 0 ? [`finished    ${counts.finished}, by an earlier run`] : []),
    ...(counts.failed > 0 ? [`failed      ${counts.failed}`] : []),
    ...(counts.notTried > 0 ? [`not tried   ${counts.notTried}`] : []),
    ...(notChecked.length > 0 ? notCheckedLines(notChecked) : []),
  ].join('\n');
}

const WORDS: Readonly<Record<BatchResult['keys'][number]['state'], string>> = {
  wrapped: 'wrapped',
  adopted: 'adopted',
  finished: 'finished',
  failed: 'FAILED',
  'not-tried': 'not tried',
};

import { z } from 'zod';
import { parseCsv } from './csv.js';
import { fileName, kidText, parseFormat, plainText } from './format-parts.js';
import { decodeUtf8, parseJson } from './json.js';
import { type Refuse, refuseIn, refuseWith } from './refuse.js';

/** No plan is larger: bytes. */
export const MAX_PLAN_BYTES = 16 * 1024 * 1024;
const MAX_PLAN_KEYS = 50_000;

/** One key that shall be wrapped, as the plan says it. */
export interface PlanEntry {
  /** Where it stands, for people: `line 3`, `keys[1]`. */
  readonly place: string;
  /** PKCS#11 URI (RFC 7512); not parsed here. It may hold what must not be shown. */
  readonly key: string;
  /** Path of the KEK file. */
  readonly kek: string;
  /** Where the KEK file carries none. */
  readonly kid: string | null;
  /** NAME.byok */
  readonly out: string;
}

const COLUMNS = ['key', 'kek', 'kid', 'out'] as const;

const entry = z.strictObject({
  /** The target key as PKCS#11 URI (RFC 7512). */
  key: plainText.min(1),
  /** The file of the KEK, relative to the folder of the plan. */
  kek: plainText.min(1),
  /** The full key identifier of the KEK, where its file has none (PEM, DER). */
  kid: kidText.nullable().optional(),
  /** The blob to write: NAME.byok, in the folder of the outputs. What no stick can hold is no name. */
  out: fileName
    .regex(/[^.].*\.byok$/, 'expected NAME.byok')
    .regex(/^[^"*:<>?|]*$/, 'expected a name without the characters " * : < > ? |'),
});

/** keyferry/plan/1: which keys a batch shall wrap, each under which KEK, into which file. */
export const planSchema = z.strictObject({
  schema: z.literal('keyferry/plan/1'),
  keys: z.array(entry).min(1).max(MAX_PLAN_KEYS),
});

/**
 * Reads a plan. A hostile one costs little: its size and the number of its keys are limited, and what is unknown in it is
 * refused. In CSV an empty kid means none. JSON_*, FILE_NOT_UTF8, PLAN_INVALID.
 */
export function readPlan(bytes: Uint8Array, form: 'json' | 'csv'): PlanEntry[] {
  const refuse = refuseWith('PLAN_INVALID');
  if (bytes.length > MAX_PLAN_BYTES) refuse(`expected at most ${MAX_PLAN_BYTES} bytes, found ${bytes.length}`);
  return form === 'json' ? readJson(bytes, refuse) : readCsv(bytes, refuse);
}

function readJson(bytes: Uint8Array, refuse: Refuse): PlanEntry[] {
  const { keys } = parseFormat(planSchema, parseJson(bytes), refuse, isPrivate);
  return keys.map(({ key, kek, kid = null, out }, index) => ({ place: `keys[${index}]`, key, kek, kid, out }));
}

function readCsv(bytes: Uint8Array, refuse: Refuse): PlanEntry[] {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    refuse('line 1: expected the columns, found a byte order mark');
  }
  const records = parseCsv(decodeUtf8(bytes), COLUMNS, (line, reason) => refuse(`line ${line}: ${reason}`));
  if (records.length === 0) refuse('expected at least one key after the header, found none');
  if (records.length > MAX_PLAN_KEYS) refuse(`expected at most ${MAX_PLAN_KEYS} keys, found ${records.length}`);
  return records.map(({ line, fields: { kid: typed, ...fields } }) => {
    const place = `line ${line}`;
    const kid = typed === '' ? null : typed;
    const { key, kek, out } = parseFormat(entry, { ...fields, kid }, refuseIn(place, refuse), isPrivate);
    return { place, key, kek, kid: kid ?? null, out };
  });
}

/** A URI may carry a PIN by mistake: it is not repeated. */
function isPrivate(path: readonly PropertyKey[]): boolean {
  return path.at(-1) === 'key';
}

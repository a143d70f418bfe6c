import { z } from 'zod';
import { parseCsv } from './csv.js';
import { parseFormat, plainText, utcTime } from './format-parts.js';
import { decodeUtf8, parseJson } from './json.js';
import { MAX_PLAN_BYTES } from './plan.js';
import { type Refuse, refuseIn, refuseWith } from './refuse.js';

/** A batch holds its blobs and manifests in memory, some ten kilobytes a key. */
const MAX_IMPORTS = 10_000;

/** One blob that shall be imported, as the plan says it; null where it says nothing. */
export interface ImportPlanEntry {
  /** Where it stands, for people: `line 3`, `keys[1]`. */
  readonly place: string;
  /** Path of the blob. */
  readonly blob: string;
  readonly manifest: string | null;
  /** Name of the key in the vault. */
  readonly name: string | null;
  /** Thumbprint of the target key, from a second source; not parsed here. */
  readonly confirmTarget: string | null;
  /** Path of the public key of the target, from a second source. */
  readonly publicKey: string | null;
  readonly ops: readonly string[] | null;
  readonly tags: Readonly<Record<string, string>> | null;
  /** RFC 3339, UTC. */
  readonly expires: string | null;
}

const COLUMNS = ['blob', 'manifest', 'name', 'confirmTarget', 'publicKey', 'ops', 'tags', 'expires'] as const;
/** What a table need not have. */
const OPTIONAL = COLUMNS.filter((name) => name !== 'blob');

const path = plainText.min(1);
const tagPart = plainText.max(256);

const entry = z
  .strictObject({
    /** The blob, relative to the folder of the plan. */
    blob: path,
    /** NAME.manifest.json beside the blob unless given; relative to the folder of the plan. */
    manifest: path.nullable().optional(),
    /** Name of the key in the vault; that of the blob's file, without its ending, unless given. */
    name: z
      .string()
      .regex(/^[0-9a-zA-Z-]{1,127}$/, 'expected 1 to 127 letters, digits and hyphens')
      .nullable()
      .optional(),
    /** Thumbprint of the target key, from a second source. */
    confirmTarget: plainText.min(1).nullable().optional(),
    /** Public key of the target, from a second source: PEM, DER or JWK, relative to the folder of the plan. */
    publicKey: path.nullable().optional(),
    /** What the key may do, such as sign and verify; all that its type can unless given. */
    ops: z.array(plainText.min(1)).min(1).max(8).nullable().optional(),
    /** What the key shall carry. */
    tags: z.record(tagPart.min(1), tagPart).nullable().optional(),
    /** When the key expires. */
    expires: utcTime.nullable().optional(),
  })
  .refine(({ confirmTarget, publicKey }) => (confirmTarget ?? null) === null || (publicKey ?? null) === null, {
    error: 'expected confirmTarget or publicKey, not both',
  });

/** keyferry/import-plan/1: which blobs a batch shall import, and under which names. */
export const importPlanSchema = z.strictObject({
  schema: z.literal('keyferry/import-plan/1'),
  keys: z.array(entry).min(1).max(MAX_IMPORTS),
});

/**
 * Reads an import plan. Its size and the number of its keys are limited, and what is unknown in it is refused. In CSV an
 * empty field says nothing, as does a column that is left out; ops are separated by blanks, tags are `name=value` separated
 * by semicolons. JSON_*, FILE_NOT_UTF8, PLAN_INVALID.
 */
export function readImportPlan(bytes: Uint8Array, form: 'json' | 'csv'): ImportPlanEntry[] {
  const refuse = refuseWith('PLAN_INVALID');
  if (bytes.length > MAX_PLAN_BYTES) refuse(`expected at most ${MAX_PLAN_BYTES} bytes, found ${bytes.length}`);
  return form === 'json' ? readJson(bytes, refuse) : readCsv(bytes, refuse);
}

function readJson(bytes: Uint8Array, refuse: Refuse): ImportPlanEntry[] {
  const { keys } = parseFormat(importPlanSchema, parseJson(bytes), refuse);
  return keys.map((key, index) => entryAt(`keys[${index}]`, key));
}

function readCsv(bytes: Uint8Array, refuse: Refuse): ImportPlanEntry[] {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    refuse('line 1: expected the columns, found a byte order mark');
  }
  const records = parseCsv(decodeUtf8(bytes), COLUMNS, (line, reason) => refuse(`line ${line}: ${reason}`), OPTIONAL);
  if (records.length === 0) refuse('expected at least one key after the header, found none');
  if (records.length > MAX_IMPORTS) refuse(`expected at most ${MAX_IMPORTS} keys, found ${records.length}`);
  return records.map(({ line, fields: { ops = '', tags = '', ...fields } }) => {
    const place = `line ${line}`;
    const refuseHere = refuseIn(place, refuse);
    const texts = Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, text === '' ? null : text]));
    const lists = {
      ops: ops.trim() === '' ? null : ops.trim().split(/ +/),
      tags: tags === '' ? null : tagsOf(tags, refuseHere),
    };
    return entryAt(place, parseFormat(entry, { ...texts, ...lists }, refuseHere));
  });
}

function tagsOf(text: string, refuse: Refuse): Record<string, string> {
  const tags = text.split(';').map((pair) => {
    const at = pair.indexOf('=');
    return at < 1 ? refuse('expected tags such as name=value;name=value') : [pair.slice(0, at), pair.slice(at + 1)];
  });
  const found = Object.fromEntries(tags);
  return Object.keys(found).length < tags.length ? refuse('expected each tag once') : found;
}

function entryAt(place: string, said: z.output<typeof entry>): ImportPlanEntry {
  const { blob, manifest = null, name = null, confirmTarget = null, publicKey = null } = said;
  const { ops = null, tags = null, expires = null } = said;
  return { place, blob, manifest, name, confirmTarget, publicKey, ops, tags, expires };
}

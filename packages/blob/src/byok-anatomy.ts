import { type ErrorCode, KeyferryError } from '@keyferry/errors';
import { oddCiphertext, oddities, RELEASE } from './byok-oddities.js';
import { byokSchema, MAX_BLOB_BYTES } from './byok-schema.js';
import { readCiphertextText } from './ciphertext-text.js';
import type { Finding } from './finding.js';
import { formatFaults } from './format-parts.js';
import { isObject, parseJson } from './json.js';
import { type Kid, parseKid } from './kid.js';
import { refuseWith } from './refuse.js';
import { shown } from './shown.js';

/** A key transfer blob taken apart, as far as that goes. Texts of the file are as they stand there: not safe to print. */
export interface ByokAnatomy {
  /** By its schema_version: one to be imported ("1.0.0"), from Secure Key Release ("1.0"), or neither. */
  readonly kind: 'transfer' | 'release' | 'unknown';
  /** Names in the order of the file, those of the header as `header.kid`. */
  readonly members: readonly string[];
  /** null where there is no text, as with all that follows. */
  readonly schemaVersion: string | null;
  readonly header: { readonly kid: string | null; readonly alg: string | null; readonly enc: string | null };
  readonly generator: string | null;
  /** The parts of the kid; null if it is no versioned identifier of a known vault. */
  readonly kid: Kid | null;
  /** The wrapped AES key, followed by the wrapped target key; null if the bytes cannot be told. */
  readonly ciphertext: Buffer | null;
  /** Errors first. */
  readonly findings: readonly Finding[];
}

/**
 * Takes a blob apart and tells all that is wrong with it at once: without an error among the findings readByok takes it,
 * unless it is a release. What is no blob at all is refused: JSON_*, FILE_NOT_UTF8, BLOB_INVALID.
 *
 * A blob of Secure Key Release is what it shall be: that it cannot be imported is a warning, and only a ciphertext that
 * cannot be read is an error there, since other rules hold for it.
 */
export function inspectByok(bytes: Uint8Array): ByokAnatomy {
  return examineByok(bytes).anatomy;
}

/** The same, with the reason for which readByok refuses the blob; null if it takes it. */
export function examineByok(bytes: Uint8Array): { anatomy: ByokAnatomy; refusal: KeyferryError | null } {
  const blob = readObject(bytes);
  const { kind, faults: versionFaults, refusal } = versionOf(blob);
  const header = headerOf(blob.header);
  const { kid, faults: kidFaults } = kidOf(header.kid);
  const spelled = typeof blob.ciphertext === 'string' ? readCiphertextText(blob.ciphertext) : null;
  const textFaults = (spelled?.faults ?? []).map(({ id, reason }) => fault(id, 'BLOB_CIPHERTEXT', reason));
  const faults =
    kind === 'release'
      ? [...memberFaults(blob).filter(({ id }) => id === 'ciphertext'), ...textFaults]
      : [...versionFaults, ...memberFaults(blob), ...kidFaults, ...textFaults];
  return {
    anatomy: {
      kind,
      members: memberNames(blob),
      schemaVersion: textOf(blob.schema_version),
      header,
      generator: textOf(blob.generator),
      kid,
      ciphertext: spelled?.bytes ?? null,
      findings: [
        ...faults.map(findingOf),
        ...(kind === 'release' ? [RELEASE, ...oddCiphertext(spelled)] : oddities(blob, spelled)),
      ],
    },
    refusal: refusal ?? faults[0]?.error ?? null,
  };
}

interface Fault {
  readonly id: string;
  readonly error: KeyferryError;
}

function fault(id: string, code: ErrorCode, reason: string): Fault {
  return { id, error: new KeyferryError(code, { reason }) };
}

function findingOf({ id, error }: Fault): Finding {
  return { id, level: 'error', code: error.code, text: error.reason };
}

function readObject(bytes: Uint8Array): Record<string, unknown> {
  const invalid = refuseWith('BLOB_INVALID');
  if (bytes.length === 0) invalid('expected a JSON object, found an empty file');
  if (bytes.length > MAX_BLOB_BYTES) invalid(`expected at most ${MAX_BLOB_BYTES} bytes, found ${bytes.length}`);
  const value = parseJson(bytes);
  if (!isObject(value)) return invalid('expected a JSON object, found another JSON value');
  if (['schema_version', 'header', 'ciphertext'].some((name) => Object.hasOwn(value, name))) return value;
  const found = value.schema === undefined ? 'none of them' : `schema ${shown(value.schema)}`;
  return invalid(`expected schema_version, header and ciphertext, found ${found}`);
}

/** What a file of another kind or version says about itself goes before the members that it lacks. */
function versionOf({ schema_version: found }: Readonly<Record<string, unknown>>): {
  kind: ByokAnatomy['kind'];
  faults: Fault[];
  refusal: KeyferryError | null;
} {
  if (found === '1.0.0') return { kind: 'transfer', faults: [], refusal: null };
  const reason = `expected schema_version "1.0.0", found ${found === undefined ? 'none' : shown(found)}`;
  const error = new KeyferryError(found === '1.0' ? 'BLOB_IS_RELEASE' : 'BLOB_INVALID', { reason });
  return found === '1.0'
    ? { kind: 'release', faults: [], refusal: error }
    : { kind: 'unknown', faults: [{ id: 'schema-version', error }], refusal: error };
}

/** Made once: a schema is compiled when it is first used. */
const membersSchema = byokSchema.omit({ schema_version: true });

/** What is wrong with the members themselves, those of the header first; version and spelling are judged elsewhere. */
function memberFaults(blob: Readonly<Record<string, unknown>>): Fault[] {
  const faults = formatFaults(membersSchema, blob).map(({ path, reason }) =>
    fault(path.join('-'), path.length > 1 ? 'BLOB_HEADER' : 'BLOB_INVALID', reason),
  );
  const isOfHeader = ({ error }: Fault) => error.code === 'BLOB_HEADER';
  return [...faults.filter(isOfHeader), ...faults.filter((one) => !isOfHeader(one))];
}

function kidOf(text: string | null): { kid: Kid | null; faults: Fault[] } {
  if (text === null) return { kid: null, faults: [] };
  try {
    return { kid: parseKid(text), faults: [] };
  } catch (error) {
    if (!(error instanceof KeyferryError)) throw error;
    return { kid: null, faults: [{ id: error.code.toLowerCase().replaceAll('_', '-'), error }] };
  }
}

function headerOf(header: unknown): ByokAnatomy['header'] {
  const member = (name: string) => (isObject(header) && Object.hasOwn(header, name) ? textOf(header[name]) : null);
  return { kid: member('kid'), alg: member('alg'), enc: member('enc') };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function memberNames(blob: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(blob).flatMap(([name, value]) =>
    name === 'header' && isObject(value) ? [name, ...Object.keys(value).map((inner) => `header.${inner}`)] : [name],
  );
}

import { KeyferryError } from '@keyferry/errors';
import { parseAttribute, type UriText, writeAttribute } from './uri-text.js';

/** What a PKCS#11 URI names, and how to reach it (RFC 7512). Texts are decoded; absent attributes match anything. */
export interface Pkcs11Uri {
  token?: string;
  manufacturer?: string;
  serial?: string;
  model?: string;
  slotId?: number;
  slotManufacturer?: string;
  slotDescription?: string;
  libraryManufacturer?: string;
  libraryDescription?: string;
  /** `2` or `2.6`. */
  libraryVersion?: string;
  /** CKA_LABEL of the object. */
  object?: string;
  /** CKA_ID of the object. */
  id?: Buffer;
  type?: 'private' | 'public' | 'secret-key' | 'cert' | 'data';
  modulePath?: string;
  moduleName?: string;
  /** Path of a file that holds the PIN. */
  pinSource?: string;
}

/**
 * Reads a PKCS#11 URI strictly: unknown attributes and repeated ones are refused, since a consumer must not match on
 * what it does not understand. A PIN is taken from a file only. Throws URI_INVALID; SECRET_IN_ARGV for `pin-value`.
 * Never repeats a value in an error. Source: RFC 7512 section 2.3.
 */
export function parsePkcs11Uri(text: string): Pkcs11Uri {
  if (/[:;?&]pin-value(=|$)/i.test(text)) {
    throw new KeyferryError('SECRET_IN_ARGV', { reason: 'the PKCS#11 URI carries pin-value, with the PIN in it' });
  }
  const rest = /^pkcs11:/i.test(text) ? text.slice('pkcs11:'.length) : null;
  if (rest === null) throw invalid('expected a text that begins with pkcs11:, found another');
  if (rest.includes('#')) throw invalid('expected no fragment, found a #');
  const question = rest.indexOf('?');
  const path = question < 0 ? rest : rest.slice(0, question);
  const query = question < 0 ? '' : rest.slice(question + 1);
  const uri: Pkcs11Uri = {};
  readAttributes(uri, path, ';', PATH);
  readAttributes(uri, query, '&', QUERY);
  return uri;
}

/** The URI in the order of RFC 7512, with every byte encoded that may not stand for itself. */
export function formatPkcs11Uri(uri: Pkcs11Uri): string {
  const path = writeAttributes(uri, PATH).join(';');
  const query = writeAttributes(uri, QUERY).join('&');
  return `pkcs11:${path}${query === '' ? '' : `?${query}`}`;
}

interface Form<T> {
  parse(text: UriText): T;
  write(value: T): string;
}
type Member = keyof Pkcs11Uri;
type Row<Name extends Member> = readonly [name: string, member: Name, form: Form<Required<Pkcs11Uri>[Name]>];
type AnyRow = { [Name in Member]: Row<Name> }[Member];

const string: Form<string> = {
  parse: (text) => text.utf8(),
  write: (value) => writeAttribute(Buffer.from(value)),
};

const bytes: Form<Buffer> = {
  parse: (text) => text.bytes,
  write: (value) => value.toString('hex').replaceAll(/../g, '%$&'),
};

const slotId: Form<number> = {
  parse(text) {
    const value = Number(text.matching(/^\d+$/, 'a decimal number'));
    if (!Number.isSafeInteger(value)) throw invalid(`expected a number below 2^53 in ${text.name}, found a larger one`);
    return value;
  },
  write: String,
};

const version: Form<string> = {
  parse: (text) => text.matching(/^\d+(\.\d+)?$/, 'a version like 2 or 2.6'),
  write: (value) => value,
};

const type: Form<Required<Pkcs11Uri>['type']> = {
  parse: (text) =>
    text.matching(
      /^(private|public|secret-key|cert|data)$/,
      'private, public, secret-key, cert or data',
    ) as Required<Pkcs11Uri>['type'],
  write: (value) => value,
};

const pinFile: Form<string> = {
  parse(text) {
    const value = text.utf8();
    if (value.startsWith('|')) throw invalid('expected a file in pin-source, found a command: it would be run');
    const path = /^(?:file:(?:\/\/(?:localhost)?)?)?(\/(?!\/).*)$/is.exec(value)?.[1];
    if (path === undefined) throw invalid('expected file: and an absolute path in pin-source, found another form');
    return path;
  },
  write: (value) => writeAttribute(Buffer.from(`file:${value}`)),
};

const PATH: readonly AnyRow[] = [
  ['token', 'token', string],
  ['manufacturer', 'manufacturer', string],
  ['serial', 'serial', string],
  ['model', 'model', string],
  ['library-manufacturer', 'libraryManufacturer', string],
  ['library-version', 'libraryVersion', version],
  ['library-description', 'libraryDescription', string],
  ['object', 'object', string],
  ['type', 'type', type],
  ['id', 'id', bytes],
  ['slot-manufacturer', 'slotManufacturer', string],
  ['slot-description', 'slotDescription', string],
  ['slot-id', 'slotId', slotId],
];

const QUERY: readonly AnyRow[] = [
  ['pin-source', 'pinSource', pinFile],
  ['module-name', 'moduleName', string],
  ['module-path', 'modulePath', string],
];

function readAttributes(uri: Pkcs11Uri, text: string, separator: ';' | '&', rows: readonly AnyRow[]): void {
  if (text === '') return;
  for (const part of text.split(separator)) {
    const attribute = parseAttribute(part, separator);
    const row = rows.find(([name]) => name === attribute.name);
    if (row === undefined) throw invalid(`expected an attribute of RFC 7512, found ${attribute.name}`);
    const [name, member, form] = row as Row<Member>;
    if (Object.hasOwn(uri, member)) throw invalid(`expected each attribute once, found ${name} twice`);
    Object.assign(uri, { [member]: form.parse(attribute) });
  }
}

function writeAttributes(uri: Pkcs11Uri, rows: readonly AnyRow[]): string[] {
  const written: string[] = [];
  for (const [name, member, form] of rows as readonly Row<Member>[]) {
    const value = uri[member];
    if (value !== undefined) written.push(`${name}=${(form as Form<unknown>).write(value)}`);
  }
  return written;
}

function invalid(reason: string): KeyferryError {
  return new KeyferryError('URI_INVALID', { reason });
}

import type { Pkcs11Uri } from './uri.js';

const NAMES = [
  'token',
  'serial',
  'manufacturer',
  'model',
  'slotId',
  'slotManufacturer',
  'slotDescription',
  'libraryManufacturer',
  'libraryDescription',
  'libraryVersion',
] as const;

type SelectionName = (typeof NAMES)[number];

/** The attributes of a URI that choose a token, its slot and its library. Those that are undefined match anything. */
export type TokenSelection = { readonly [Name in SelectionName]?: Pkcs11Uri[Name] | undefined };

/** What a token, its slot and its library are called. */
export type TokenNames = { readonly [Name in SelectionName]: Required<Pkcs11Uri>[Name] };

export function isSelected(names: TokenNames, select: TokenSelection): boolean {
  return NAMES.every((name) => select[name] === undefined || written(name, select) === written(name, names));
}

/** The selection in words, for an error. */
export function describeSelection(select: TokenSelection): string {
  const wanted = NAMES.filter((name) => select[name] !== undefined).map((name) => `${name} "${select[name]}"`);
  return wanted.length === 0 ? 'any name' : wanted.join(', ');
}

/** RFC 7512 section 2.3: a version without its minor part means minor 0. */
function written(name: SelectionName, values: TokenSelection): string {
  const text = String(values[name]);
  return name === 'libraryVersion' && !text.includes('.') ? `${text}.0` : text;
}

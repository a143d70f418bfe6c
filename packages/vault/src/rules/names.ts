import { badParameter } from './refusal.js';

const NAME = /^[0-9a-zA-Z-]{1,127}$/;
const VERSION = /^[0-9a-f]{32}$/i;

/** A key name: 1 to 127 of 0-9 a-z A-Z and hyphen. */
export function checkName(text: string): string {
  if (!NAME.test(text)) throw badParameter(`The request URI contains an invalid name: ${text.slice(0, 128)}`);
  return text;
}

export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/** The identifier of a key version. */
export function kidOf(key: { readonly host: string; readonly name: string; readonly version: string }): string {
  return `https://${key.host}/keys/${key.name}/${key.version}`;
}

import { KeyferryError } from '@keyferry/errors';

/** The value of one attribute, decoded. */
export interface UriText {
  readonly name: string;
  readonly bytes: Buffer;
  /** As text; URI_INVALID when it is not UTF-8 or holds a zero byte. */
  utf8(): string;
  /** As text of a form that is described in words; else URI_INVALID. */
  matching(form: RegExp, inWords: string): string;
}

// RFC 7512 section 2.3: pk11-pchar and pk11-qchar without their percent encodings.
const STANDS_FOR_ITSELF = { ';': /^[A-Za-z0-9\-._~:[\]@!$'()*+,=&]$/, '&': /^[A-Za-z0-9\-._~:[\]@!$'()*+,=/?|]$/ };

/** Splits `name=value` at the first = and decodes the value. Errors name the attribute, never its value. */
export function parseAttribute(part: string, separator: ';' | '&'): UriText {
  const equals = part.indexOf('=');
  if (equals < 1) throw invalid(`expected name=value between ${separator}, found no name or no =`);
  const name = part.slice(0, equals);
  const bytes = decode(name, part.slice(equals + 1), STANDS_FOR_ITSELF[separator]);
  const utf8 = () => {
    if (bytes.includes(0)) throw invalid(`expected a text in ${name}, found a zero byte`);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw new KeyferryError('URI_INVALID', { reason: `expected UTF-8 in ${name}, found other bytes`, cause });
    }
  };
  return {
    name,
    bytes,
    utf8,
    matching(form, inWords) {
      const text = utf8();
      if (!form.test(text)) throw invalid(`expected ${inWords} in ${name}, found another form`);
      return text;
    },
  };
}

/** Encodes every byte but the unreserved characters of RFC 3986. */
export function writeAttribute(bytes: Buffer): string {
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9\-._~]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}

function decode(name: string, text: string, standsForItself: RegExp): Buffer {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '%') {
      const hex = text.slice(at + 1, at + 3);
      if (!/^[0-9A-Fa-f]{2}$/.test(hex)) throw invalid(`expected two hex digits after each % in ${name}, found others`);
      bytes.push(Number.parseInt(hex, 16));
      at += 2;
    } else if (standsForItself.test(character)) {
      bytes.push(character.charCodeAt(0));
    } else {
      throw invalid(`expected special characters to be percent-encoded in ${name}, found one that is not`);
    }
  }
  return Buffer.from(bytes);
}

function invalid(reason: string): KeyferryError {
  return new KeyferryError('URI_INVALID', { reason });
}

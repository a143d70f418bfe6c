import { type ErrorCode, KeyferryError } from '@keyferry/errors';
import { viewOf } from './bytes.js';
import { shown } from './shown.js';

/** The formats of a transfer nest four levels deep. */
const DEEPEST = 32;

/**
 * Reads one JSON text (RFC 8259) the way I-JSON (RFC 7493 section 2) wants it: strict UTF-8 without a byte order mark,
 * no member twice in one object even if one of them is spelt with escapes, no lone surrogate, no number beyond a
 * double. At most 32 levels deep. A member `__proto__` is a member like any other.
 *
 * Errors say where, never what: the text may be a private key that was taken for a public one.
 * FILE_NOT_UTF8, JSON_INVALID, JSON_DUPLICATE_MEMBER.
 */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw new KeyferryError('JSON_INVALID', { reason: 'expected a value, found a byte order mark at its begin' });
  }
  const reader = new JsonReader(decodeUtf8(bytes));
  return reader.document();
}

/** Whether the bytes are to be read as JSON: also with a byte order mark, of which parseJson says what is wrong. */
export function looksLikeJson(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => ![0x20, 0x09, 0x0a, 0x0d].includes(byte));
  if (first === 0xef || first === 0xff || first === 0xfe) return !viewOf(bytes).includes('-----BEGIN ');
  return first === 0x7b || first === 0x5b;
}

/** A JSON object, as opposed to an array or null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Strict UTF-8; a byte order mark stays in the text. FILE_NOT_UTF8. */
export function decodeUtf8(bytes: Uint8Array): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new KeyferryError('FILE_NOT_UTF8', {
      reason: 'expected UTF-8, found UTF-16, as the > of Windows PowerShell writes it',
    });
  }
  try {
    return STRICT_UTF8.decode(bytes);
  } catch (cause) {
    throw new KeyferryError('FILE_NOT_UTF8', { reason: 'expected UTF-8, found bytes that are not', cause });
  }
}

const LONE_SURROGATE = /\p{Cs}/u;
const MEMBER = { configurable: true, enumerable: true, writable: true } as const;
const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    const value = this.#value(DEEPEST);
    if (this.#skipSpace() !== undefined) this.#fail('expected the end of the text');
    return value;
  }

  #value(levels: number): unknown {
    switch (this.#skipSpace()) {
      case '{':
        return this.#object(this.#deeper(levels));
      case '[':
        return this.#array(this.#deeper(levels));
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(levels: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#at += 1;
    if (this.#skipSpace() === '}') return this.#close(object);
    for (;;) {
      if (this.#skipSpace() !== '"') this.#fail('expected the name of a member');
      const start = this.#at;
      const name = this.#string();
      if (Object.hasOwn(object, name)) {
        this.#fail(`the member ${shown(name)} is there already`, 'JSON_DUPLICATE_MEMBER', start);
      }
      if (this.#skipSpace() !== ':') this.#fail('expected ":"');
      this.#at += 1;
      const value = this.#value(levels);
      // An assignment would set the prototype.
      if (name === '__proto__') Object.defineProperty(object, name, { ...MEMBER, value });
      else object[name] = value;
      const next = this.#skipSpace();
      if (next === '}') return this.#close(object);
      if (next !== ',') this.#fail('expected "," or "}"');
      this.#at += 1;
    }
  }

  #array(levels: number): unknown[] {
    const elements: unknown[] = [];
    this.#at += 1;
    if (this.#skipSpace() === ']') return this.#close(elements);
    for (;;) {
      elements.push(this.#value(levels));
      const next = this.#skipSpace();
      if (next === ']') return this.#close(elements);
      if (next !== ',') this.#fail('expected "," or "]"');
      this.#at += 1;
    }
  }

  #string(): string {
    const start = this.#at;
    let end = this.#text.indexOf('"', start + 1);
    while (end >= 0 && this.#isEscaped(start, end)) end = this.#text.indexOf('"', end + 1);
    if (end < 0) this.#fail('expected the end of a string', 'JSON_INVALID', start);
    this.#at = end + 1;
    let text: string;
    try {
      text = JSON.parse(this.#text.slice(start, this.#at));
    } catch {
      // The error of JSON.parse quotes the text.
      return this.#fail('expected a string without control characters and unknown escapes', 'JSON_INVALID', start);
    }
    if (LONE_SURROGATE.test(text)) this.#fail('expected a string without lone surrogates', 'JSON_INVALID', start);
    return text;
  }

  /** Whether an odd number of backslashes stands before it. */
  #isEscaped(start: number, at: number): boolean {
    let first = at;
    while (first > start && this.#text[first - 1] === '\\') first -= 1;
    return (at - first) % 2 === 1;
  }

  #number(): number {
    const number = /-?(?:0|[1-9][0-9]{0,400})(?:\.[0-9]{1,400})?(?:[eE][-+]?[0-9]{1,4})?/y;
    number.lastIndex = this.#at;
    const found = number.exec(this.#text)?.[0];
    if (found === undefined) return this.#fail('expected a value');
    if (!Number.isFinite(Number(found))) this.#fail('expected a number that a double can hold');
    this.#at += found.length;
    return Number(found);
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail('expected a value');
    this.#at += word.length;
    return value;
  }

  #deeper(levels: number): number {
    if (levels === 0) this.#fail(`expected at most ${DEEPEST} levels`);
    return levels - 1;
  }

  #close<T>(value: T): T {
    this.#at += 1;
    return value;
  }

  #skipSpace(): string | undefined {
    for (;;) {
      const sign = this.#text[this.#at];
      if (sign !== ' ' && sign !== '\n' && sign !== '\r' && sign !== '\t') return sign;
      this.#at += 1;
    }
  }

  #fail(expected: string, code: ErrorCode = 'JSON_INVALID', at = this.#at): never {
    const before = this.#text.slice(0, at).split('\n');
    const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
    throw new KeyferryError(code, { reason: `${expected} at ${place}${at >= this.#text.length ? ' (the end)' : ''}` });
  }
}

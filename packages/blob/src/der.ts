import type { Refuse } from './refuse.js';

/** The DER tags that keys are made of (X.690 section 8). */
export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  context0: 0xa0,
  context1: 0xa1,
} as const;

/** No algorithm or curve of ours needs more than 9 bytes. */
const LONGEST_OID = 32;

const TAG_NAMES: Readonly<Record<number, string>> = {
  [TAG.integer]: 'INTEGER',
  [TAG.bitString]: 'BIT STRING',
  [TAG.octetString]: 'OCTET STRING',
  [TAG.null]: 'NULL',
  [TAG.oid]: 'OBJECT IDENTIFIER',
  [TAG.sequence]: 'SEQUENCE',
  [TAG.context0]: '[0]',
  [TAG.context1]: '[1]',
};

/** One element: where its content lies, as offsets in bytes. */
export interface DerElement {
  readonly tag: number;
  readonly start: number;
  /** The first byte after the content; may lie beyond the bytes at hand. */
  readonly end: number;
}

/**
 * Reads tag and length of the element at an offset: one-byte tags, definite lengths in their shortest form (X.690
 * section 10.1). Says in words what is wrong if something is.
 */
export function derElement(bytes: Uint8Array, at: number): DerElement | string {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) return 'the bytes end before an element is complete';
  if ((tag & 0x1f) === 0x1f) return 'found a tag of more than one byte';
  if (first < 0x80) return { tag, start: at + 2, end: at + 2 + first };
  if (first === 0x80) return 'found an indefinite length, which is BER but not DER';
  const lengthBytes = first & 0x7f;
  if (lengthBytes > 4) return 'found a length of more than 4 bytes';
  const start = at + 2 + lengthBytes;
  if (start > bytes.length) return 'the bytes end before an element is complete';
  const length = bytes.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  if (length < 0x80 || length < 256 ** (lengthBytes - 1)) return 'found a length that is not in its shortest form';
  return { tag, start, end: start + length };
}

/** Reads DER elements one after the other. Contents are views of the given bytes, never copies. */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #refuse: Refuse;
  #at = 0;

  constructor(bytes: Uint8Array, refuse: Refuse) {
    this.#bytes = bytes;
    this.#refuse = refuse;
  }

  /** How many bytes are still unread. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Whether the next element has this tag. */
  sees(tag: number): boolean {
    return this.#bytes[this.#at] === tag;
  }

  /** The content of the next element, which must have this tag. */
  take(tag: number, what: string): Uint8Array {
    if (this.left === 0) return this.#refuse(`${what}: expected ${tagName(tag)}, found nothing more`);
    const element = derElement(this.#bytes, this.#at);
    if (typeof element === 'string') return this.#refuse(`${what}: ${element}`);
    if (element.tag !== tag) {
      return this.#refuse(`${what}: expected ${tagName(tag)}, found ${tagName(element.tag)}`);
    }
    if (element.end > this.#bytes.length) {
      return this.#refuse(
        `${what}: expected ${element.end - element.start} bytes, found ${this.#bytes.length - element.start}`,
      );
    }
    this.#at = element.end;
    return this.#bytes.subarray(element.start, element.end);
  }

  sequence(what: string): DerReader {
    return this.inside(TAG.sequence, what);
  }

  /** A reader of the elements inside the next one. */
  inside(tag: number, what: string): DerReader {
    return new DerReader(this.take(tag, what), this.#refuse);
  }

  /** A non-negative INTEGER in its shortest form (X.690 section 8.3.2), big-endian, without the byte for the sign. */
  integer(what: string): Uint8Array {
    const content = this.take(TAG.integer, what);
    const [first, second] = content;
    if (first === undefined) return this.#refuse(`${what}: found an INTEGER without bytes`);
    if (first >= 0x80) return this.#refuse(`${what}: found a negative INTEGER`);
    if (first === 0 && second !== undefined && second < 0x80) {
      return this.#refuse(`${what}: found an INTEGER that is not in its shortest form`);
    }
    return first === 0 && content.length > 1 ? content.subarray(1) : content;
  }

  /** An OBJECT IDENTIFIER in dotted decimals (X.690 section 8.19). */
  oid(what: string): string {
    const content = this.take(TAG.oid, what);
    if (content.length === 0 || content.length > LONGEST_OID || (content.at(-1) ?? 0) >= 0x80) {
      return this.#refuse(`${what}: found an OBJECT IDENTIFIER that is empty, too long or not complete`);
    }
    const arcs: number[] = [];
    let arc = 0;
    for (const byte of content) {
      if (arc === 0 && byte === 0x80) this.#refuse(`${what}: found an OBJECT IDENTIFIER not in its shortest form`);
      arc = arc * 128 + (byte & 0x7f);
      if (byte < 0x80) {
        arcs.push(arc);
        arc = 0;
      }
    }
    const [first = 0, ...rest] = arcs;
    const root = Math.min(Math.floor(first / 40), 2);
    return [root, first - root * 40, ...rest].join('.');
  }

  null(what: string): void {
    if (this.take(TAG.null, what).length !== 0) this.#refuse(`${what}: found a NULL that is not empty`);
  }

  /** A BIT STRING of whole bytes. */
  bytesOfBits(what: string): Uint8Array {
    const content = this.take(TAG.bitString, what);
    if (content[0] !== 0) return this.#refuse(`${what}: expected a BIT STRING of whole bytes`);
    return content.subarray(1);
  }

  /** There must be nothing more. */
  end(what: string): void {
    if (this.left !== 0) this.#refuse(`${what}: expected nothing more, found ${this.left} bytes`);
  }
}

function tagName(tag: number): string {
  return TAG_NAMES[tag] ?? `tag 0x${tag.toString(16).padStart(2, '0')}`;
}

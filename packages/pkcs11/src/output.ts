/** The largest wrapped key or signature that we expect, in bytes: an RSA-16384 key wrapped by RFC 5649 has about 9.4 KB. */
export const LARGEST_OUTPUT = 16384;

/** Room for that beside some data, as encryption wants it. */
const USUAL = LARGEST_OUTPUT + 4096;

/** The bytes of a view, in memory of their own. */
export function copyOf(view: Buffer): Buffer {
  const copy = Buffer.alloc(view.length);
  view.copy(copy);
  return copy;
}

/**
 * Buffers for outputs, lent and used again: a new one for each call is more work than a signature is worth. They are
 * filled with zeros while nobody has them.
 */
export class OutputBuffers {
  readonly #spare: Buffer[] = [];

  /** For at least so many bytes. */
  lend(bytes: number): Buffer {
    return bytes > USUAL ? Buffer.alloc(bytes) : (this.#spare.pop() ?? Buffer.alloc(USUAL));
  }

  /** Only when no call writes to it any more. */
  takeBack(buffer: Buffer): void {
    buffer.fill(0);
    if (buffer.length === USUAL) this.#spare.push(buffer);
  }
}

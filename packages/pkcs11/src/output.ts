/** The largest wrapped key or signature that we expect, in bytes: an RSA-16384 key wrapped by RFC 5649 has about 9.4 KB. */
export const LARGEST_OUTPUT = 16384;

/** The bytes of a view, in memory of their own. */
export function copyOf(view: Buffer): Buffer {
  const copy = Buffer.alloc(view.length);
  view.copy(copy);
  return copy;
}

import { decodeBase64url } from './base64url.js';
import { checkCiphertextLength } from './ciphertext.js';
import type { Refuse } from './refuse.js';

/** What stands in the member `ciphertext`. */
export interface CiphertextText {
  /** The bytes, also where only their spelling is wrong; null if they cannot be told. */
  readonly bytes: Buffer | null;
  /** base64url with the right number of = at its end, which the specification does not want. */
  readonly padded: boolean;
  /** Each way in which it is wrong. */
  readonly faults: readonly { readonly id: string; readonly reason: string }[];
}

/** Reads base64url as people and programs damage it: by line breaks, the other alphabet, padding. */
export function readCiphertextText(text: string): CiphertextText {
  const faults: { id: string; reason: string }[] = [];
  const note = (id: string) => (reason: string) => faults.push({ id, reason });

  const spaces = text.match(/\s/g) ?? [];
  if (spaces.length > 0) {
    note('ciphertext-white-space')(`expected base64url in one piece, found white space at ${places(spaces)}`);
  }
  const dense = text.replace(/\s/g, '');

  const signs = dense.match(/[+/]/g) ?? [];
  if (signs.length > 0)
    note('ciphertext-alphabet')(`expected base64url, found + or / of standard base64 at ${places(signs)}`);

  // Not by /=+$/, which looks at every = of a long row again from each of them.
  let end = dense.length;
  while (dense[end - 1] === '=') end -= 1;
  const body = dense.slice(0, end);
  const padding = dense.length - body.length;
  const isRight = padding <= 2 && (padding === 0 || dense.length % 4 === 0);
  if (!isRight) {
    note('ciphertext-wrong-padding')(`expected no padding, found ${padding} "=" after ${body.length} characters`);
  }

  const canonical = body.replaceAll('+', '-').replaceAll('/', '_');
  const bytes = noting(note('ciphertext-encoding'), (refuse) =>
    canonical === '' ? refuse('expected base64url, found no characters') : decodeBase64url(canonical, refuse),
  );
  if (bytes !== null) {
    noting(note('ciphertext-impossible-length'), (refuse) => checkCiphertextLength(bytes.length, refuse));
  }
  return { bytes, padded: padding > 0 && isRight, faults };
}

function places({ length }: readonly string[]): string {
  return length === 1 ? 'one place' : `${length} places`;
}

/** What was read; null if it was refused, which has been noted then. */
function noting<T>(note: (reason: string) => void, read: (refuse: Refuse) => T): T | null {
  try {
    return read((reason) => {
      note(reason);
      throw new Refused();
    });
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

class Refused extends Error {}

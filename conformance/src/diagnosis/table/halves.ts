import type { DiagnosisTable } from './diagnosis.js';

const JOIN =
  'write the wrapped AES key, exactly as long as the modulus of the KEK, then the wrapped target, with nothing between';

/** What is wrong with how the two halves of the ciphertext are put together. */
export const HALVES = {
  'halves/reversed': {
    check: 'blob/oaep/padding',
    title: 'the halves are reversed: the wrapped target stands first',
    cause: 'the two parts were joined in the wrong order',
    mend: JOIN,
  },
  'halves/length-between': {
    check: 'blob/length/wrapped-target',
    title: 'a length stands between the halves',
    cause: 'each part was written with its length before it',
    mend: JOIN,
  },
  'halves/length-before': {
    check: 'blob/oaep/padding',
    title: 'a length stands before the first half',
    cause: 'each part was written with its length before it',
    mend: JOIN,
  },
  'halves/aes-key-alone': {
    check: 'blob/length/halves',
    title: 'only the wrapped AES key is there: the wrapped target is missing',
    cause: 'the second part was not appended',
    mend: JOIN,
  },
  'halves/target-alone': {
    check: 'blob/length/halves',
    title: 'only the wrapped target is there: the wrapped AES key is missing',
    cause: 'the output of the AES key wrap alone was taken for the whole ciphertext',
    mend: JOIN,
  },
  'halves/oaep-of-the-whole': {
    check: 'blob/length/halves',
    title: 'the target itself is encrypted by RSA-OAEP, without an AES key',
    cause: 'the small target was encrypted directly under the KEK',
    mend: 'wrap an AES key of 256 bits by RSA-OAEP, and the target under it by RFC 5649',
  },
  'halves/oaep-in-pieces': {
    check: 'blob/aes-size/bits',
    title: 'the target itself is encrypted by RSA-OAEP, piece by piece',
    cause: 'the target was longer than RSA can take, and was cut into pieces',
    mend: 'wrap an AES key of 256 bits by RSA-OAEP, and the target under it by RFC 5649',
  },
  'halves/aes-key-in-clear': {
    check: 'blob/length/halves',
    title: 'the AES key stands unwrapped before the wrapped target: whoever has this blob has the target',
    cause: 'the step of RSA-OAEP was left out',
    mend: 'destroy the blob, take the target as known to others, and wrap the AES key by RSA-OAEP',
  },
  'halves/kek-size': {
    check: 'blob/oaep/padding',
    title: 'the ciphertext has the length of one under a KEK of another size',
    cause: 'the blob is for another KEK than the one given',
    mend: 'give the KEK that the blob was made for, or wrap for this one',
  },
  'halves/second-cut-short': {
    check: 'blob/length/halves',
    title: 'after the wrapped AES key too few bytes are left for any target',
    cause: 'the ciphertext was cut, or the KEK is larger than the one it was made for',
    mend: JOIN,
  },
  'halves/short': {
    check: 'blob/length/halves',
    title: 'the ciphertext is too short for anything',
    cause: 'it was cut, or something else was written in its place',
    mend: JOIN,
  },
  'halves/bytes-after': {
    check: 'blob/length/wrapped-target',
    title: 'bytes stand after the wrapped target',
    cause:
      'the whole buffer was written and not only what C_WrapKey filled, or a line feed was read in with the ciphertext',
    mend: 'write as many bytes as the call returned',
  },
  'halves/blocks-after': {
    check: 'blob/kwp/aiv',
    title: 'a multiple of 8 bytes stands after the wrapped target',
    cause: 'the whole buffer was written and not only what C_WrapKey filled',
    mend: 'write as many bytes as the call returned',
  },
  'halves/cut': {
    check: 'blob/length/wrapped-target',
    title: 'the wrapped target is no whole number of blocks of 8 bytes',
    cause: 'its end is missing, or it was encrypted by something else than AES key wrap',
    mend: 'wrap by RFC 5649 and write all of it',
  },
} as const satisfies DiagnosisTable;

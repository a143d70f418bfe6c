import type { Case } from './case.js';

/** The checks of the stages length, oaep, aes-size and kwp. */
export const OPENING_CASES = {
  'blob/length/halves': {
    title: 'the ciphertext is long enough for both halves',
    binding: 'must',
    why: 'The wrapped AES key is exactly as long as the modulus of the KEK; there is no other mark between the halves.',
  },
  'blob/length/wrapped-target': {
    title: 'the second half is a whole number of 8-byte blocks',
    binding: 'must',
    why: 'AES key wrap gives nothing else. Any other length shows another cipher, or bytes lost or added.',
  },
  'blob/oaep/padding': {
    title: 'the first half opens by RSA-OAEP with SHA-1 throughout and no label',
    binding: 'must',
    why: 'The hash is written nowhere in the blob, so the service can only use the one of the specification. SHA-1 is not weak here: OAEP does not need a hash without collisions.',
  },
  'blob/aes-size/bits': {
    title: 'the AES key has 256 bits',
    binding: 'should',
    why: 'The specification names no size. Every known tool takes 256 bits, so no other is known to be accepted.',
  },
  'blob/kwp/aiv': {
    title: 'the second half opens by RFC 5649',
    binding: 'must',
    why: 'The initial value is what tells a right key from a wrong one, and RFC 5649 from its relatives: modules give the same number to different algorithms.',
  },
  'blob/kwp/length-field': {
    title: 'the length of RFC 5649 fits the blocks',
    binding: 'must',
    why: 'It tells where the target ends. A reader that does not check it reads past the target or cuts it.',
  },
  'blob/kwp/padding': {
    title: 'the padding of RFC 5649 is zero',
    binding: 'must',
    why: 'The RFC demands that a reader checks it; what is not zero was not made by RFC 5649.',
  },
} as const satisfies Readonly<Record<`blob/${string}`, Case>>;

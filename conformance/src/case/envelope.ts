import type { Case } from './case.js';

/** The checks of the stages envelope and kid. */
export const ENVELOPE_CASES = {
  'blob/envelope/size': {
    title: 'the file has a size that a blob can have',
    binding: 'must',
    why: 'A right blob has 600 to 4200 bytes. What is larger is refused unread, so that a hostile file costs nothing.',
  },
  'blob/envelope/utf8': {
    title: 'the file is UTF-8',
    binding: 'must',
    why: 'JSON that crosses between systems is UTF-8; a reader that guesses other encodings reads another text.',
  },
  'blob/envelope/bom': {
    title: 'the file begins without a byte order mark',
    binding: 'must',
    why: 'Writers of JSON must not add one, and strict readers stop at it. Whether the service does is not known.',
  },
  'blob/envelope/json': {
    title: 'the file is one JSON object',
    binding: 'must',
    why: 'The specification describes an object. Whatever else stands in the file, no reader can find the key in it.',
  },
  'blob/envelope/duplicate-members': {
    title: 'no member stands twice',
    binding: 'must',
    why: 'Readers disagree on which of the two counts, so two parties can see two different blobs in one file.',
  },
  'blob/envelope/members': {
    title: 'all members are there, each of its type',
    binding: 'must',
    why: 'The service finds the KEK by header.kid and the key by ciphertext; the specification lists all six as members.',
  },
  'blob/envelope/unknown-members': {
    title: 'there are no other members',
    binding: 'should',
    why: 'The specification names none, and what the service does with them is not known.',
  },
  'blob/envelope/schema-version': {
    title: 'schema_version is 1.0.0',
    binding: 'must',
    why: 'It tells the blob for import from others of the same shape: Secure Key Release writes 1.0.',
  },
  'blob/envelope/alg': {
    title: 'alg is dir',
    binding: 'must',
    why: 'The specification has this one value. It looks like JOSE, where it would mean something else.',
  },
  'blob/envelope/enc': {
    title: 'enc is CKM_RSA_AES_KEY_WRAP',
    binding: 'must',
    why: 'The specification has this one value, also where the two steps of the mechanism are done one by one.',
  },
  'blob/envelope/generator': {
    title: 'the generator is a short text that can be shown',
    binding: 'should',
    why: 'Somebody will read it on a terminal or in a log, where control characters steer what is shown.',
  },
  'blob/envelope/base64url': {
    title: 'the ciphertext is base64url',
    binding: 'must',
    why: 'The two alphabets of base64 differ in two characters, so that a wrong one shows in nearly every blob, not in all.',
  },
  'blob/envelope/base64-padding': {
    title: 'the ciphertext ends without "="',
    binding: 'should',
    why: 'The specification has no padding. One padded blob is known to have been imported; nothing promises that.',
  },
  'blob/kid/form': {
    title: 'the kid is the URL of a key',
    binding: 'must',
    why: 'It is the only thing that tells the service which KEK opens the blob.',
  },
  'blob/kid/host': {
    title: 'the kid names a Key Vault or a Managed HSM',
    binding: 'must',
    why: 'The KEK lives in the vault into which the target goes. A foreign host is a slip, or an attempt.',
  },
  'blob/kid/version': {
    title: 'the kid names the version of the KEK',
    binding: 'must',
    why: 'Without it the newest version is meant, and after a rotation that is another key than the one that was used.',
  },
} as const satisfies Readonly<Record<`blob/${string}`, Case>>;

import type { DiagnosisTable } from './diagnosis.js';

const MEND = 'write the bytes of the ciphertext once as base64url: "-" and "_", no "=", no line breaks';

/** What is wrong with the text of the member ciphertext. */
export const BASE64 = {
  'base64/empty': {
    check: 'blob/envelope/base64url',
    title: 'the ciphertext is empty',
    cause: 'the wrapping failed and its error was passed over, such as inside a shell substitution',
    mend: 'look at the exit status of each step',
  },
  'base64/standard': {
    check: 'blob/envelope/base64url',
    title: 'the ciphertext is standard base64, not base64url',
    cause: 'the usual base64 of the language or of the shell was used',
    mend: 'write "-" for "+", "_" for "/", and leave out "="',
    seen: 'the recipe of MicrosoftDocs/azure-docs issue 108113',
  },
  'base64/line-breaks': {
    check: 'blob/envelope/base64url',
    title: 'the ciphertext has line breaks',
    cause: 'base64 for mail (MIME) or PEM was used, which breaks lines after 64 or 76 characters',
    mend: MEND,
    seen: 'GNU base64 without -w0, and Base64.getMimeEncoder() of Java',
  },
  'base64/crlf': {
    check: 'blob/envelope/base64url',
    title: 'the ciphertext has line breaks of CR and LF',
    cause: 'base64 with line breaks was made on Windows, such as by InsertLineBreaks or certutil',
    mend: MEND,
  },
  'base64/plus-lost': {
    check: 'blob/envelope/base64url',
    title: 'the ciphertext has spaces where "+" was',
    cause: 'standard base64 went through a web form, which reads "+" as a space',
    mend: MEND,
  },
  'base64/percent': {
    check: 'blob/envelope/base64url',
    title: 'the ciphertext is escaped for a URL',
    cause: 'standard base64 was escaped by %2B, %2F and %3D to make it safe for a URL',
    mend: MEND,
  },
  'base64/pem': {
    check: 'blob/envelope/base64url',
    title: 'the ciphertext is a PEM text',
    cause: 'the ciphertext was written as PEM, with lines of BEGIN and END',
    mend: MEND,
  },
  'base64/foreign-characters': {
    check: 'blob/envelope/base64url',
    title: 'the ciphertext has characters that no base64 knows',
    cause: 'another encoding was used, or the text was damaged',
    mend: MEND,
  },
  'base64/character-lost': {
    check: 'blob/envelope/base64url',
    title: 'the ciphertext has a length that no bytes can have: characters are missing',
    cause: 'the text was cut, or characters were lost in a copy',
    mend: 'copy it again and compare size and SHA-256 with those of the source',
  },
  'base64/stray-bits': {
    check: 'blob/envelope/base64url',
    title: 'the last character of the ciphertext has bits that belong to no byte',
    cause: 'an own base64 encoder fills up with ones, or the last character was changed',
    mend: 'fill up with zero bits, or use the encoder of the platform',
  },
  'base64/padding': {
    check: 'blob/envelope/base64-padding',
    title: 'the ciphertext ends in "="',
    cause: 'the base64url of the language pads, such as urlsafe_b64encode of Python',
    mend: 'take the "=" off',
    seen: "a vendor's published sample that Azure imported; base64.urlsafe_b64encode of Python pads",
  },
  'base64/too-much-padding': {
    check: 'blob/envelope/base64-padding',
    title: 'the ciphertext ends in more "=" than base64 has',
    cause: '"==" was appended to a text that had its padding already',
    mend: 'take every "=" off',
  },
  'base64/hex': {
    check: 'blob/length/wrapped-target',
    title: 'the ciphertext is written in hex digits',
    cause: 'hex was used, which is by chance valid base64url too and decodes to nonsense',
    mend: MEND,
  },
  'base64/twice': {
    check: 'blob/oaep/padding',
    title: 'the ciphertext is base64 of base64',
    cause: 'two steps of a pipeline each made base64 of it',
    mend: MEND,
  },
  'base64/of-hex': {
    check: 'blob/oaep/padding',
    title: 'the ciphertext is base64url of hex digits',
    cause: 'the library gave the ciphertext as hex, and its text was encoded in place of its bytes',
    mend: MEND,
  },
  'base64/of-text': {
    check: 'blob/oaep/padding',
    title: 'the ciphertext went through a text: its bytes above 7F are lost',
    cause: 'the bytes were made a string and read back as UTF-8',
    mend: 'keep the ciphertext in bytes until it is base64url',
  },
} as const satisfies DiagnosisTable;

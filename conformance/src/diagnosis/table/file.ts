import type { DiagnosisTable } from './diagnosis.js';

const SHAPE = 'write the object of the specification as UTF-8 and nothing else, with a JSON library';

/** What is wrong with the file before it is JSON. */
export const FILE = {
  'file/empty': {
    check: 'blob/envelope/size',
    title: 'the file is empty',
    cause: 'the tool failed after it had opened its output, and nobody looked at its exit status',
    mend: 'look at the exit status of the tool, and write the file only once the blob is whole',
  },
  'file/too-large': {
    check: 'blob/envelope/size',
    title: 'the file is larger than any blob',
    cause: 'another file was taken, or several blobs were written into one',
    mend: 'give the file of one blob, of about 600 to 4200 bytes',
  },
  'file/utf-16': {
    check: 'blob/envelope/utf8',
    title: 'the file is UTF-16',
    cause: 'Windows PowerShell 5 writes UTF-16 by ">" and Out-File',
    mend: 'write it as UTF-8 without a byte order mark, such as by [IO.File]::WriteAllText',
    seen: 'Microsoft documents UTF-16LE as the default of ">" and Out-File in Windows PowerShell 5.1',
  },
  'file/bare-ciphertext': {
    check: 'blob/envelope/utf8',
    title: 'the file is the bare ciphertext, without JSON around it',
    cause: 'the output of CKM_RSA_AES_KEY_WRAP was written as it is, which is what other clouds take',
    mend: 'write the ciphertext in base64url into the member "ciphertext" of the JSON object',
    seen: 'the tools for AWS KMS and Google Cloud KMS, which take the bare bytes',
  },
  'file/other-charset': {
    check: 'blob/envelope/utf8',
    title: 'the file has bytes that are not UTF-8',
    cause: 'a text such as the generator was written in a character set of 8 bits',
    mend: SHAPE,
  },
  'file/bom': {
    check: 'blob/envelope/bom',
    title: 'the file begins with a byte order mark',
    cause: 'an editor or a library was told "UTF-8" and took it to mean "UTF-8 with BOM"',
    mend: 'write it without the bytes EF BB BF at the start',
    seen: 'Microsoft documents that utf8 in Windows PowerShell 5.1 means UTF-8 with BOM',
  },
  'file/nul': {
    check: 'blob/envelope/json',
    title: 'the file has NUL characters around its JSON',
    cause: 'a C string was written with its terminator, or a buffer with all its room',
    mend: 'write as many bytes as the text has',
  },
  'file/base64': {
    check: 'blob/envelope/json',
    title: 'the file is the base64 of a blob',
    cause: 'the base64 of the member key_hsm, which the client makes of the file, was made too early',
    mend: 'write the JSON itself: az, the SDKs and the REST client make the base64 when they send it',
  },
  'file/base64-twice': {
    check: 'blob/envelope/json',
    title: 'the file is the base64 of the base64 of a blob',
    cause: 'two steps of a pipeline each made base64 of the JSON',
    mend: 'write the JSON itself',
  },
  'file/hex': {
    check: 'blob/envelope/json',
    title: 'the file is a blob in hex digits',
    cause: 'a hex dump was written in place of the bytes',
    mend: 'write the JSON itself',
  },
  'file/ciphertext-text': {
    check: 'blob/envelope/json',
    title: 'the file is the ciphertext in base64, without JSON around it',
    cause: 'only the member "ciphertext" was written',
    mend: SHAPE,
  },
  'file/jwe-compact': {
    check: 'blob/envelope/json',
    title: 'the file is a JWE in compact form',
    cause: 'a JOSE library was used, since the header looks like one of JWE',
    mend: 'write the object of the specification: it looks like a JWE and is none',
  },
  'file/python-literal': {
    check: 'blob/envelope/json',
    title: 'the names and texts stand in single quotes',
    cause: 'a Python dictionary was printed',
    mend: 'write json.dumps(blob)',
  },
  'file/trailing-comma': {
    check: 'blob/envelope/json',
    title: 'a comma stands before a closing brace',
    cause: 'the JSON was put together by hand',
    mend: SHAPE,
  },
  'file/line-break-in-text': {
    check: 'blob/envelope/json',
    title: 'a text of the JSON goes over several lines',
    cause: 'base64 broke its output into lines, and a template put them into the JSON',
    mend: 'use base64 -w0, or a JSON library',
    seen: 'GNU base64 breaks lines after 76 characters unless -w0 is given; OpenSSL after 64 unless -A is given',
  },
  'file/truncated': {
    check: 'blob/envelope/json',
    title: 'the end of the JSON is missing',
    cause: 'the copy or the writing broke off',
    mend: 'copy it again and compare size and SHA-256 with those of the source',
  },
  'file/text-after': {
    check: 'blob/envelope/json',
    title: 'something stands after the JSON object',
    cause: 'the file was longer before and was not cut, or a second blob was appended',
    mend: 'write into a new file and rename it',
  },
  'file/text-before': {
    check: 'blob/envelope/json',
    title: 'something stands before the JSON object',
    cause: 'messages of the tool went into the same output as the blob',
    mend: 'write messages to stderr',
  },
  'file/array': {
    check: 'blob/envelope/json',
    title: 'the object stands in an array',
    cause: 'a list of blobs was written, even if of one',
    mend: 'write one object into one file',
  },
  'file/json-text': {
    check: 'blob/envelope/json',
    title: 'the object was written as a JSON text: JSON inside a string',
    cause: 'a text that was already JSON was turned into JSON once more',
    mend: SHAPE,
  },
  'file/not-json': {
    check: 'blob/envelope/json',
    title: 'the file is no JSON',
    cause: 'another file was taken, or the JSON was put together by hand',
    mend: SHAPE,
  },
} as const satisfies DiagnosisTable;

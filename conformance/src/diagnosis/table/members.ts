import type { DiagnosisTable } from './diagnosis.js';

/** What is wrong with the members of the JSON object. */
export const MEMBERS = {
  'members/duplicate': {
    check: 'blob/envelope/duplicate-members',
    title: 'a member stands twice',
    cause: 'the JSON was put together by hand; readers disagree on which of the two counts',
    mend: 'write each member once',
  },
  'members/request-body': {
    check: 'blob/envelope/members',
    title: 'the file is the body of an import request, with the blob in key_hsm',
    cause: 'what is sent to the service was saved in place of the blob',
    mend: 'write what key_hsm holds, decoded from base64url',
  },
  'members/flat-header': {
    check: 'blob/envelope/members',
    title: 'kid, alg and enc stand beside the ciphertext and not in "header"',
    cause: 'the object was flattened',
    mend: 'put kid, alg and enc into the object "header"',
  },
  'members/header-text': {
    check: 'blob/envelope/members',
    title: 'the header is a text',
    cause: 'JOSE writes its header as base64url of JSON; the transfer blob does not',
    mend: 'write "header" as an object',
  },
  'members/jwe-json': {
    check: 'blob/envelope/members',
    title: 'the file is a JWE in JSON form',
    cause: 'a JOSE library was used, since the header looks like one of JWE',
    mend: 'write the object of the specification: it looks like a JWE and is none',
  },
  'members/names': {
    check: 'blob/envelope/members',
    title: 'a member has its name in another spelling',
    cause: 'a serializer wrote names by its own custom, such as schemaVersion or Ciphertext',
    mend: 'write schema_version, header, kid, alg, enc, ciphertext and generator exactly so',
  },
  'members/generator-missing': {
    check: 'blob/envelope/members',
    title: 'the generator is missing',
    cause: 'it was taken to be optional',
    mend: 'write name and version of the tool, and name and firmware version of the HSM',
  },
  'members/schema-version-missing': {
    check: 'blob/envelope/members',
    title: 'the schema_version is missing',
    cause: 'it was taken to be optional',
    mend: 'write "schema_version": "1.0.0"',
  },
  'members/kid-missing': {
    check: 'blob/envelope/members',
    title: 'the kid is missing, and the service cannot tell which KEK it needs',
    cause: 'the tool was given the public key alone, without the identifier of the KEK',
    mend: 'give the tool the kid that the service reported with the key',
  },
  'members/missing': {
    check: 'blob/envelope/members',
    title: 'a member is missing',
    cause: 'the writer left it out, or wrote null for it',
    mend: 'write all of schema_version, header.kid, header.alg, header.enc, ciphertext and generator',
  },
  'members/byte-array': {
    check: 'blob/envelope/members',
    title: 'the ciphertext is an array of numbers',
    cause: 'a serializer wrote the bytes as it writes any array',
    mend: 'write the ciphertext as a text in base64url',
  },
  'members/type': {
    check: 'blob/envelope/members',
    title: 'a member is not a text',
    cause: 'a value such as the version was written as a number',
    mend: 'write every member as a text but "header", which is an object',
  },
  'members/unknown': {
    check: 'blob/envelope/unknown-members',
    title: 'a member stands there that the specification does not know',
    cause: 'the tool adds what it finds useful, such as a comment, a date or typ',
    mend: 'leave it out, and say it in "generator" or in a file of your own',
  },
  'members/secure-key-release': {
    check: 'blob/envelope/schema-version',
    title: 'the schema_version is that of Secure Key Release',
    cause: 'a blob that the service released was taken for one to import: those say "1.0"',
    mend: 'wrap the key for import, and write "1.0.0"',
  },
  'members/schema-version': {
    check: 'blob/envelope/schema-version',
    title: 'the schema_version is another one',
    cause: 'the version of the tool, or a guess, was written there',
    mend: 'write "schema_version": "1.0.0"',
  },
  'members/alg-of-jose': {
    check: 'blob/envelope/alg',
    title: 'alg names the algorithm of JOSE that wraps the AES key',
    cause: 'the header was taken for one of JWE',
    mend: 'write "alg": "dir", whatever wraps the AES key',
  },
  'members/alg': {
    check: 'blob/envelope/alg',
    title: 'alg is another one',
    cause: 'it was spelt in another way, such as in capitals',
    mend: 'write "alg": "dir"',
  },
  'members/enc-pad': {
    check: 'blob/envelope/enc',
    title: 'enc is CKM_RSA_AES_KEY_WRAP_PAD, which PKCS#11 does not know',
    cause: 'the prose of the specification names it so in one place',
    mend: 'write "enc": "CKM_RSA_AES_KEY_WRAP"',
    seen: 'the prose of the Azure BYOK specification',
  },
  'members/enc-of-jose': {
    check: 'blob/envelope/enc',
    title: 'enc names a content encryption of JOSE',
    cause: 'the header was taken for one of JWE',
    mend: 'write "enc": "CKM_RSA_AES_KEY_WRAP"',
  },
  'members/enc': {
    check: 'blob/envelope/enc',
    title: 'enc is another one',
    cause: 'another mechanism, its number or another spelling was written there',
    mend: 'write "enc": "CKM_RSA_AES_KEY_WRAP"',
  },
  'members/generator': {
    check: 'blob/envelope/generator',
    title: 'the generator is very long, or has characters that steer a terminal',
    cause: 'something else, such as a log, was written into it',
    mend: 'write name and version of the tool, and name and firmware version of the HSM',
  },
} as const satisfies DiagnosisTable;

import test from 'ava';
import { judgeBlob } from '../src/oracle/index.js';
import { blobByNode, envelope } from './support/by-node.js';
import { idsOf } from './support/findings.js';
import { HSM_KID, plaintextOf, testKek, VAULT_KID } from './support/keys.js';

const kek = testKek(2048);
const right = blobByNode(plaintextOf('ec-p256')).toString();
const { ciphertext } = JSON.parse(right) as { ciphertext: string };
const bytes = Buffer.from(ciphertext, 'base64url');
const header = { kid: HSM_KID, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' };
const withMembers = (members: Record<string, unknown>) => envelope({ ciphertext, ...members });
const withHeader = (members: Record<string, unknown>) => withMembers({ header: { ...header, ...members } });
const withCiphertext = (other: Uint8Array) => envelope({ ciphertext: Buffer.from(other).toString('base64url') });

const FAILS: readonly (readonly [fault: string, id: string, blob: Uint8Array])[] = [
  ['an empty file', 'blob/envelope/size', Buffer.alloc(0)],
  ['64 KiB and a byte', 'blob/envelope/size', Buffer.alloc(65537, 0x20)],
  ['a byte that is not UTF-8', 'blob/envelope/utf8', Buffer.from(right.replace('test', 't\xffst'), 'latin1')],
  ['UTF-16', 'blob/envelope/utf8', Buffer.from(`\ufeff${right}`, 'utf16le')],
  ['a byte order mark', 'blob/envelope/bom', Buffer.from(`\ufeff${right}`)],
  ['text after the object', 'blob/envelope/json', Buffer.from(`${right}x`)],
  ['a truncated file', 'blob/envelope/json', Buffer.from(right.slice(0, -20))],
  ['a NUL at the end', 'blob/envelope/json', Buffer.from(`${right}\0`)],
  ['an array', 'blob/envelope/json', Buffer.from(`[${right}]`)],
  ['a bare string', 'blob/envelope/json', Buffer.from(JSON.stringify(ciphertext))],
  ['a duplicate member', 'blob/envelope/duplicate-members', Buffer.from(right.replace('{', '{"generator":"other",'))],
  [
    'a duplicate member in an escaped spelling',
    'blob/envelope/duplicate-members',
    Buffer.from(right.replace('"alg"', '"\\u0061lg":"dir","alg"')),
  ],
  ['no generator', 'blob/envelope/members', withMembers({ generator: undefined })],
  ['a generator that is a number', 'blob/envelope/members', withMembers({ generator: 1 })],
  ['no schema_version', 'blob/envelope/members', withMembers({ schema_version: undefined })],
  ['no header', 'blob/envelope/members', withMembers({ header: undefined })],
  ['no kid', 'blob/envelope/members', withHeader({ kid: undefined })],
  ['a header that is null', 'blob/envelope/members', withMembers({ header: null })],
  ['no ciphertext', 'blob/envelope/members', envelope({})],
  ['another schema_version', 'blob/envelope/schema-version', withMembers({ schema_version: '1.0.1' })],
  ['the schema_version of Secure Key Release', 'blob/envelope/schema-version', withMembers({ schema_version: '1.0' })],
  ['another alg', 'blob/envelope/alg', withHeader({ alg: 'RSA-OAEP' })],
  ['another enc', 'blob/envelope/enc', withHeader({ enc: 'CKM_RSA_AES_KEY_WRAP_PAD' })],
  ['an empty ciphertext', 'blob/envelope/base64url', withMembers({ ciphertext: '' })],
  ['line breaks in the ciphertext', 'blob/envelope/base64url', withMembers({ ciphertext: `${ciphertext}\n` })],
  ['standard base64', 'blob/envelope/base64url', withMembers({ ciphertext: base64OfAMultipleOf3() })],
  ['a base64url of impossible length', 'blob/envelope/base64url', withMembers({ ciphertext: ciphertext.slice(0, -3) })],
  ['stray bits at the end', 'blob/envelope/base64url', withMembers({ ciphertext: withStrayBits() })],
  ['too much padding', 'blob/envelope/base64-padding', withMembers({ ciphertext: `${ciphertext}=====` })],
  ['a kid without a version', 'blob/kid/version', withHeader({ kid: HSM_KID.replace(/\/[^/]*$/, '') })],
  ['a kid with an empty version', 'blob/kid/version', withHeader({ kid: HSM_KID.replace(/[^/]*$/, '') })],
  ['a kid with a short version', 'blob/kid/version', withHeader({ kid: HSM_KID.slice(0, -1) })],
  ['a kid of a foreign host', 'blob/kid/host', withHeader({ kid: HSM_KID.replace('azure.net', 'azure.net.example') })],
  ['a kid of the bare domain', 'blob/kid/host', withHeader({ kid: HSM_KID.replace('bank.', '') })],
  ['a kid that is http', 'blob/kid/form', withHeader({ kid: HSM_KID.replace('https', 'http') })],
  ['a kid with a port', 'blob/kid/form', withHeader({ kid: HSM_KID.replace('.net/', '.net:443/') })],
  ['a kid with a user', 'blob/kid/form', withHeader({ kid: HSM_KID.replace('//', '//me@') })],
  ['a kid with a query', 'blob/kid/form', withHeader({ kid: `${HSM_KID}?x=1` })],
  ['a kid of a secret', 'blob/kid/form', withHeader({ kid: HSM_KID.replace('/keys/', '/secrets/') })],
  ['a kid that is only a name', 'blob/kid/form', withHeader({ kid: 'kek' })],
  ['the wrapped AES key alone', 'blob/length/halves', withCiphertext(bytes.subarray(0, 256))],
  ['the wrapped target alone', 'blob/length/halves', withCiphertext(bytes.subarray(256))],
  ['the last byte cut off', 'blob/length/wrapped-target', withCiphertext(bytes.subarray(0, -1))],
  ['a length before the second half', 'blob/length/wrapped-target', withCiphertext(withLengthBetween())],
];

for (const [fault, id, blob] of FAILS) {
  test(`${fault} is found by ${id} alone`, (t) => {
    const { right: isRight, findings } = judgeBlob(blob, kek);
    t.deepEqual(idsOf(findings, 'fail'), [id]);
    t.deepEqual(idsOf(findings, 'warn'), []);
    t.false(isRight);
  });
}

const WARNINGS: readonly (readonly [fault: string, id: string, blob: Uint8Array])[] = [
  ['padding', 'blob/envelope/base64-padding', withMembers({ ciphertext: paddedCiphertext() })],
  ['an unknown member', 'blob/envelope/unknown-members', withMembers({ comment: 'x' })],
  ['an unknown member of the header', 'blob/envelope/unknown-members', withHeader({ typ: 'JWE' })],
  ['a generator with an escape sequence', 'blob/envelope/generator', withMembers({ generator: '\u001b[2J' })],
  ['a generator of 1025 characters', 'blob/envelope/generator', withMembers({ generator: 'x'.repeat(1025) })],
  ['a member named __proto__', 'blob/envelope/unknown-members', Buffer.from(right.replace('{', '{"__proto__":{},'))],
];

for (const [fault, id, blob] of WARNINGS) {
  test(`${fault} is a warning of ${id} alone`, (t) => {
    const { right: isRight, findings } = judgeBlob(blob, kek);
    t.deepEqual(idsOf(findings, 'warn'), [id]);
    t.deepEqual(idsOf(findings, 'fail'), []);
    t.true(isRight);
  });
}

test('white space, other orders of members and the kids of every cloud are right', (t) => {
  const reordered = Object.fromEntries(Object.entries(JSON.parse(right)).reverse());
  const hosts = ['vault.usgovcloudapi.net', 'vault.azure.cn', 'managedhsm.usgovcloudapi.net', 'managedhsm.azure.cn'];
  const kids = [VAULT_KID, ...hosts.map((host) => `https://b-1.${host}/keys/K-1/0123456789abcdef0123456789abcdef`)];
  const blobs = [
    Buffer.from(JSON.stringify(reordered, null, '\t').replaceAll('\n', '\r\n')),
    ...kids.map((kid) => withHeader({ kid })),
  ];
  for (const blob of blobs) {
    const { findings } = judgeBlob(blob, kek);
    t.deepEqual([...idsOf(findings, 'fail'), ...idsOf(findings, 'warn')], []);
  }
});

test('text of the blob appears in findings only as printable ASCII', (t) => {
  const hostile = '\u001b[2J\u202e\u009b31m\r\nerror';
  const { findings } = judgeBlob(
    withMembers({ schema_version: hostile, [hostile]: 1, header: { ...header, kid: hostile } }),
    kek,
  );
  for (const { actual, expected } of findings) t.regex(actual + expected, /^[\x20-\x7e]*$/);
});

/** An EC key on P-256 under a KEK of 2048 bits makes 408 bytes, which no alphabet pads. */
function base64OfAMultipleOf3(): string {
  return bytes.toString('base64');
}

/** 296 bytes: the last character carries 2 bits that belong to no byte. */
function withStrayBits(): string {
  const text = aesCiphertext().toString('base64url');
  return `${text.slice(0, -1)}${String.fromCharCode(text.charCodeAt(text.length - 1) + 1)}`;
}

function paddedCiphertext(): string {
  return aesCiphertext().toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

function aesCiphertext(): Buffer {
  const blob = JSON.parse(blobByNode(plaintextOf('aes-256')).toString()) as { ciphertext: string };
  return Buffer.from(blob.ciphertext, 'base64url');
}

function withLengthBetween(): Buffer {
  return Buffer.concat([bytes.subarray(0, 256), Buffer.from([0, 0, 0, bytes.length - 256]), bytes.subarray(256)]);
}

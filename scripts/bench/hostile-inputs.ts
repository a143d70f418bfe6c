import { practiceKey } from '../../test/support/practice-keys.js';

/** The largest input that the bound is about, in bytes. */
export const LARGEST = 1024 * 1024;

const pem = (body: string) => Buffer.from(`-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`);

/** Inputs that are as hard as can be for one step or another, cut to `bytes`. By name. */
export function hostileInputs(bytes: number): readonly (readonly [name: string, input: Buffer])[] {
  const filled = (pattern: string | Uint8Array) =>
    typeof pattern === 'string' ? Buffer.alloc(bytes, pattern) : Buffer.alloc(bytes, pattern);
  const blob = (parts: object) =>
    Buffer.from(
      JSON.stringify({
        schema_version: '1.0.0',
        header: { kid: 'https://b.vault.azure.net/keys/k/0', alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' },
        ciphertext: 'A',
        generator: 'x',
        ...parts,
      }),
    );
  const long = (text: string) => text.repeat(Math.max(0, Math.floor((bytes - 400) / text.length)));
  const inSequence = (content: Buffer) => {
    const head = Buffer.from([0x30, 0x84, 0, 0, 0, 0]);
    head.writeUInt32BE(content.length, 2);
    return Buffer.concat([head, content]);
  };
  const pkcs8 = practiceKey('rsa-2048').export({ type: 'pkcs8', format: 'der' });
  const integers = Buffer.concat(
    Array.from({ length: 9 }, (_, index) => {
      const size = index === 0 ? 1 : Math.floor((bytes - 200) / 9);
      const head = Buffer.from([0x02, 0x84, 0, 0, 0, 0]);
      head.writeUInt32BE(size, 2);
      return Buffer.concat([head, Buffer.alloc(size, index === 0 ? 0 : 0x5b)]);
    }),
  );
  const members = Array.from({ length: Math.floor(bytes / 14) }, (_, index) => `"m${index}":0`).join();
  return [
    ['zeros', filled('\0')],
    ['ff', filled(Uint8Array.of(0xff))],
    ['spaces', filled(' ')],
    ['open brackets', filled('[')],
    ['open objects', filled('{"a":')],
    ['quotes', filled('"')],
    ['backslashes', Buffer.from(`"${long('\\\\')}"`)],
    ['escapes', Buffer.from(`"${long('\\u0061')}"`)],
    ['array of numbers', Buffer.from(`[${long('0,')}0]`)],
    ['array of objects', Buffer.from(`[${long('{},')}{}]`)],
    ['a number of many digits', filled('1')],
    ['many members', Buffer.from(`{${members}}`)],
    ['equal members', Buffer.from(`{${long('"a":0,')}"a":0}`)],
    ['a long ciphertext', blob({ ciphertext: long('A') })],
    ['a ciphertext of padding', blob({ ciphertext: `${long('=')}x` })],
    ['a ciphertext of line feeds', blob({ ciphertext: long('A\n') })],
    ['a long kid', blob({ header: { kid: `https://${long('a.')}` } })],
    ['a kid of slashes', blob({ header: { kid: long('/') } })],
    ['a long generator', blob({ generator: long('\u202e') })],
    ['a blob and white space', Buffer.concat([blob({}), Buffer.alloc(Math.max(0, bytes - 400), ' ')])],
    ['nested sequences', filled(Uint8Array.of(0x30, 0x80))],
    ['sequences that claim all', filled(Uint8Array.of(0x30, 0x84, 0x7f, 0xff, 0xff, 0xff))],
    ['many NULLs in a sequence', inSequence(Buffer.alloc(bytes - 6, Uint8Array.of(5, 0)))],
    ['many integers in a sequence', inSequence(Buffer.alloc(bytes - 6, Uint8Array.of(2, 1, 1)))],
    ['huge RSA numbers', inSequence(integers)],
    ['a key and zeros', Buffer.concat([pkcs8, Buffer.alloc(Math.max(0, bytes - pkcs8.length))])],
    ['hex digits', filled('0123456789abcdef')],
    ['base64', filled('QUJD')],
    ['a long PEM', pem(long('QUJD'))],
    ['PEM beginnings', filled('-----BEGIN PRIVATE KEY-----\n')],
    ['dashes', filled('-')],
    ['PEM headers', Buffer.from(`-----BEGIN PRIVATE KEY-----\n${long('Proc-Type: 4,ENCRYPTED\n')}`)],
  ].map(([name, input]) => [name as string, (input as Buffer).subarray(0, bytes)] as const);
}

import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicJwkOf } from '@keyferry/blob';
import test from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { runCommand } from '../../../test/support/programs.js';
import { provisionToken } from '../../../test/support/provision.js';
import { makeToken, type TestToken } from '../../../test/support/softhsm.js';
import { KID, makeKekFile } from './support/kek-file.js';
import { keyUri, type WrapOptions, wrapOn } from './support/wrap-program.js';

const root = new URL('../../..', import.meta.url).pathname;

let token: TestToken;

test.before(async () => {
  token = await makeToken(wholeFile, { label: 'hsm' });
  await provisionToken(token, [
    { key: 'ec-p256', label: 'ec-p256', id: Buffer.of(1) },
    { key: 'ec-p256', label: 'stays here', id: Buffer.of(2), extractable: false },
    { key: 'ec-p256', label: 'needs trust', id: Buffer.of(3), wrapWithTrusted: true },
    { key: 'ec-p256', label: 'twin', id: Buffer.of(4) },
    { key: 'ec-p384', label: 'twin', id: Buffer.of(5) },
  ]);
});

interface BadInput {
  readonly title: string;
  readonly code: string;
  readonly exit: number;
  readonly options: (folder: string) => WrapOptions;
}

const kekOf = (folder: string, overrides: Parameters<typeof makeKekFile>[2]) => ({
  kek: makeKekFile(folder, 2048, overrides).path,
});
const rsaKek = (bits: number) => ({
  key: publicJwkOf(generateKeyPairSync('rsa', { modulusLength: bits }).publicKey) as never,
});
const now = Math.floor(Date.now() / 1000);
const writtenFile = (folder: string, name: string, text: string | Buffer) => {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
};
const publicPem = () => createPublicKey(practiceKey('kek-2048')).export({ type: 'spki', format: 'pem' }).toString();
const elfFor = (machine: number) => {
  const header = Buffer.alloc(4096);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(machine, 18);
  return header;
};

const BAD_INPUTS: readonly BadInput[] = [
  { title: 'a KEK of 1024 bits', code: 'KEK_SIZE', exit: 3, options: (f) => kekOf(f, rsaKek(1024)) },
  {
    title: 'a KEK of 8192 bits',
    code: 'KEK_SIZE',
    exit: 3,
    options: (f) => kekOf(f, { key: { kty: 'RSA', n: Buffer.alloc(1024, 0xff).toString('base64url'), e: 'AQAB' } }),
  },
  {
    title: 'a KEK with a further operation',
    code: 'KEK_OPS_NOT_IMPORT_ONLY',
    exit: 3,
    options: (f) => kekOf(f, { keyOps: ['import', 'wrapKey'] }),
  },
  {
    title: 'a KEK that may not import',
    code: 'KEK_OPS_NOT_IMPORT_ONLY',
    exit: 3,
    options: (f) => kekOf(f, { keyOps: ['wrapKey'] }),
  },
  {
    title: 'a KEK that may do nothing',
    code: 'KEK_OPS_NOT_IMPORT_ONLY',
    exit: 3,
    options: (f) => kekOf(f, { keyOps: [] }),
  },
  {
    title: 'a disabled KEK',
    code: 'KEK_DISABLED',
    exit: 3,
    options: (f) => kekOf(f, { attributes: { enabled: false } }),
  },
  { title: 'an expired KEK', code: 'KEK_EXPIRED', exit: 3, options: (f) => kekOf(f, { attributes: { exp: now - 1 } }) },
  {
    title: 'a KEK that is not valid yet',
    code: 'KEK_NOT_YET_VALID',
    exit: 3,
    options: (f) => kekOf(f, { attributes: { nbf: now + 3600 } }),
  },
  {
    title: 'an unversioned kid',
    code: 'KID_UNVERSIONED',
    exit: 3,
    options: (f) => ({ kek: writtenFile(f, 'k.pem', publicPem()), kid: 'https://bank.vault.azure.net/keys/kek' }),
  },
  {
    title: 'a kid on a foreign host',
    code: 'KID_FOREIGN_HOST',
    exit: 3,
    options: (f) => ({
      kek: writtenFile(f, 'k.pem', publicPem()),
      kid: KID.replace('azure.net', 'azure.net.evil.example'),
    }),
  },
  {
    title: 'a PEM without a kid',
    code: 'KEK_KID_MISSING',
    exit: 3,
    options: (f) => ({ kek: writtenFile(f, 'k.pem', publicPem()) }),
  },
  {
    title: 'a truncated PEM',
    code: 'KEK_UNREADABLE',
    exit: 3,
    options: (f) => ({ kek: writtenFile(f, 'k.pem', publicPem().slice(0, 300)), kid: KID }),
  },
  {
    title: 'a private key as KEK',
    code: 'KEK_IS_PRIVATE',
    exit: 3,
    options: (f) => ({
      kek: writtenFile(f, 'k.pem', practiceKey('kek-2048').export({ type: 'pkcs8', format: 'pem' })),
      kid: KID,
    }),
  },
  {
    title: 'a KEK file that is missing',
    code: 'FILE_NOT_FOUND',
    exit: 1,
    options: (f) => ({ kek: join(f, 'absent.kek.json') }),
  },
  {
    title: 'a wrong thumbprint',
    code: 'THUMBPRINT_MISMATCH',
    exit: 4,
    options: () => ({ 'confirm-thumbprint': '00'.repeat(32) }),
  },
  {
    title: 'a part of a thumbprint',
    code: 'THUMBPRINT_INVALID',
    exit: 2,
    options: () => ({ 'confirm-thumbprint': '0011 2233' }),
  },
  {
    title: 'no thumbprint and no terminal',
    code: 'NOT_A_TERMINAL',
    exit: 2,
    options: () => ({ 'confirm-thumbprint': undefined }),
  },
  { title: 'no module', code: 'MODULE_NOT_GIVEN', exit: 2, options: () => ({ module: undefined }) },
  {
    title: 'a module that is missing',
    code: 'MODULE_NOT_FOUND',
    exit: 5,
    options: (f) => ({ module: join(f, 'absent.so') }),
  },
  {
    title: 'a module for another processor',
    code: 'MODULE_FOREIGN',
    exit: 5,
    options: (f) => ({ module: writtenFile(f, 'arm.so', elfFor(183)) }),
  },
  {
    title: 'a text as module',
    code: 'MODULE_FOREIGN',
    exit: 5,
    options: (f) => ({ module: writtenFile(f, 'text.so', 'no module\n') }),
  },
  {
    title: 'no such token',
    code: 'TOKEN_NOT_FOUND',
    exit: 5,
    options: () => ({ key: 'pkcs11:token=other;object=ec-p256' }),
  },
  { title: 'no such key', code: 'KEY_NOT_FOUND', exit: 5, options: () => ({ key: keyUri('absent') }) },
  { title: 'a URI without a key', code: 'URI_INVALID', exit: 2, options: () => ({ key: 'pkcs11:token=hsm' }) },
  {
    title: 'a public key as target',
    code: 'URI_INVALID',
    exit: 2,
    options: () => ({ key: `${keyUri('ec-p256')};type=public` }),
  },
  { title: 'two such keys', code: 'KEY_AMBIGUOUS', exit: 5, options: () => ({ key: keyUri('twin') }) },
  {
    title: 'a key that must not leave',
    code: 'KEY_NOT_EXTRACTABLE',
    exit: 3,
    options: () => ({ key: keyUri('stays here') }),
  },
  {
    title: 'a key that needs a trusted wrapping key',
    code: 'KEY_NEEDS_TRUSTED_KEK',
    exit: 3,
    options: () => ({ key: keyUri('needs trust') }),
  },
  {
    title: 'an output that exists',
    code: 'OUTPUT_EXISTS',
    exit: 1,
    options: (f) => ({ out: writtenFile(f, 'there.byok', 'kept') }),
  },
  {
    title: 'a manifest that exists',
    code: 'OUTPUT_EXISTS',
    exit: 1,
    options: (f) => ({ out: writtenFile(f, 'other.manifest.json', 'kept').replace('manifest.json', 'byok') }),
  },
  {
    title: 'a missing folder',
    code: 'OUTPUT_FOLDER_MISSING',
    exit: 1,
    options: (f) => ({ out: join(f, 'absent/a.byok') }),
  },
  { title: 'another ending than .byok', code: 'USAGE', exit: 2, options: (f) => ({ out: join(f, 'a.bin') }) },
  {
    title: 'an empty PIN file',
    code: 'PIN_NOT_GIVEN',
    exit: 2,
    options: (f) => ({ 'pin-file': writtenFile(f, 'empty', '\n') }),
  },
];

for (const { title, code, exit, options } of BAD_INPUTS) {
  test(`${title} is refused with ${code}, and no file is written`, async (t) => {
    const folder = privateFolder(t);
    const kek = makeKekFile(folder, 2048);
    const out = join(folder, 'out.byok');
    const all = {
      kek: kek.path,
      key: keyUri('ec-p256'),
      'confirm-thumbprint': kek.thumbprint,
      out,
      ...options(folder),
    };
    const thumbprint =
      all.kek && 'confirm-thumbprint' in options(folder)
        ? all['confirm-thumbprint']
        : thumbprintOfFile(all.kek, kek.thumbprint);
    const run = await wrapOn(token, { ...all, 'confirm-thumbprint': thumbprint });
    t.regex(run.stderr, new RegExp(`^error\\[${code}\\]: .+\ncause: .+\nhint: .+\n`, 'm'), run.stdout);
    t.is(run.code, exit);
    t.is(JSON.parse(run.stdout).error.code, code);
    t.false(existsSync(out));
    t.false(existsSync(join(folder, 'out.manifest.json')));
    t.false(run.stderr.includes(token.pin));
  });
}

/** So that nothing but the fault under test stands in the way. */
function thumbprintOfFile(path: string | undefined, fallback: string): string {
  try {
    return JSON.parse(readFileSync(path ?? '', 'utf8')).thumbprint ?? fallback;
  } catch {
    return fallback;
  }
}

test('a wrong PIN is refused, and says what the token says of its PIN', async (t) => {
  const own = await makeToken(t, { label: 'own' });
  const folder = privateFolder(t);
  const kek = makeKekFile(folder, 2048);
  const run = await wrapOn(
    own,
    {
      kek: kek.path,
      'confirm-thumbprint': kek.thumbprint,
      key: 'pkcs11:token=own;object=x',
      'pin-file': undefined,
      'pin-env': 'WRONG',
      out: join(folder, 'a.byok'),
    },
    { WRONG: 'not-the-pin-7391' },
  );
  t.is(run.code, 5);
  t.regex(run.stderr, /error\[PIN_INCORRECT\]/);
  t.regex(run.stderr, /count|low|try/i);
  t.false(run.stderr.includes('7391'));
});

test('a folder that cannot be written is refused before the HSM is asked', async (t) => {
  const folder = privateFolder(t);
  const kek = makeKekFile(folder, 2048);
  const closed = join(folder, 'closed');
  mkdirSync(closed, { mode: 0o555 });
  const out = join(closed, 'a.byok');
  const words = ['--confirm-thumbprint', kek.thumbprint, '--key', keyUri('ec-p256'), '--module', '/absent.so'];
  const program = join(root, 'node_modules/.bin/keyferry-wrap');
  const command = [program, 'wrap', '--kek', kek.path, '--out', out, ...words];
  // Root writes anywhere, unless it gives that power up.
  const asUser = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : ['env'];
  const [name = '', ...args] = [...asUser, ...command];
  const run = await runCommand(name, args);
  t.regex(run.stderr, /error\[OUTPUT_NOT_WRITABLE\]/);
  t.is(run.code, 1);
});

import { createCipheriv, createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  openPracticeBlob,
  publicJwkOf,
  readByok,
  readManifest,
  readTargetKey,
  samePublicKey,
  thumbprintOf,
} from '@keyferry/blob';
import test from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { type PracticeKeyName, practiceKey } from '../../../test/support/practice-keys.js';
import { type RunResult, runCommand, runProgram } from '../../../test/support/programs.js';
import { provisionToken } from '../../../test/support/provision.js';
import { makeToken, SOFTHSM_MODULE, type TestToken } from '../../../test/support/softhsm.js';
import { KID, makeKekFile } from './support/kek-file.js';

const root = new URL('../../..', import.meta.url).pathname;

let token: TestToken;

const TARGETS = ['rsa-2048', 'ec-p256', 'ec-p384', 'ec-p521', 'ec-secp256k1', 'aes-128', 'aes-192', 'aes-256'] as const;

test.before(async () => {
  token = await makeToken(wholeFile, { label: 'hsm' });
  const id = (text: string) => Buffer.from(text, 'hex');
  await provisionToken(token, [
    ...TARGETS.map((key, index) => ({ key, label: key, id: id(`a${index}`) })),
    { key: 'ec-p256', label: 'without public object', id: id('b1'), publicObject: false },
    { key: 'rsa-2048', label: 'rsa without public object', id: id('b2'), publicObject: false },
    { key: 'ec-p256', label: 'must not sign', id: id('b3'), publicObject: false, sign: false },
    { key: 'ec-p256', label: 'stays here', id: id('c1'), extractable: false },
    { key: 'ec-p256', label: 'needs trust', id: id('c2'), wrapWithTrusted: true },
    { key: 'ec-p256', label: 'twin', id: id('c3') },
    { key: 'ec-p384', label: 'twin', id: id('c4') },
  ]);
});

/** Runs `keyferry-wrap wrap` on the token with what every run needs; later options go before earlier ones. */
function wrap(
  options: Record<string, string | true | undefined>,
  env: Record<string, string> = {},
): Promise<RunResult> {
  const all: Record<string, string | true | undefined> = {
    module: SOFTHSM_MODULE,
    'pin-file': token.pinFile,
    json: true,
    ...options,
  };
  const args = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : value === true ? [`--${name}`] : [`--${name}`, value],
  );
  return runProgram('keyferry-wrap', ['wrap', ...args], { env: { ...token.env, ...env } });
}

function keyUri(label: string): string {
  return `pkcs11:token=hsm;object=${encodeURIComponent(label)}`;
}

function publicPartOf(name: PracticeKeyName) {
  return publicJwkOf(createPublicKey(practiceKey(name)));
}

for (const bits of [2048, 3072, 4096] as const) {
  test(`each kind of target crosses under a KEK of ${bits} bits and is the same key inside`, async (t) => {
    const folder = privateFolder(t);
    const kek = makeKekFile(folder, bits);
    for (const name of bits === 2048 ? TARGETS : (['ec-p256', 'aes-256'] as const)) {
      const out = join(folder, `${name}.byok`);
      const run = await wrap({ kek: kek.path, key: keyUri(name), 'confirm-thumbprint': kek.thumbprint, out });
      t.is(run.code, 0, run.stderr);
      const blob = readByok(readFileSync(out));
      t.is(blob.kid.text, KID);
      t.regex(blob.generator, /^keyferry-wrap \S+; SoftHSM project SoftHSM v2 2\.6; PRACTICE$/);
      const { plaintext, aesBits } = openPracticeBlob(practiceKey(`kek-${bits}`), blob.ciphertext);
      t.is(aesBits, 256);
      const manifest = readManifest(readFileSync(join(folder, `${name}.manifest.json`)));
      const inside = readTargetKey(plaintext, manifest.target.type);
      if (name.startsWith('aes-')) {
        t.deepEqual(plaintext, practiceKey(name).export());
        t.is(manifest.target.publicKey, null);
      } else {
        t.true(inside.publicKey !== null && samePublicKey(inside.publicKey, publicPartOf(name)));
        t.deepEqual(manifest.target.publicKey, publicPartOf(name));
        t.is(manifest.target.publicKeySource, 'object');
      }
      t.is(manifest.mode, 'practice');
      t.is(manifest.target.bits, inside.bits);
      t.is(manifest.blob.sha256, createHash('sha256').update(readFileSync(out)).digest('hex'));
      t.is(manifest.wrapping.inner, '0x0000210a');
      t.is(statSync(out).mode & 0o777, 0o600);
    }
  });
}

test('the result says what was written, and repeats the manifest', async (t) => {
  const folder = privateFolder(t);
  const kek = makeKekFile(folder, 2048);
  const out = join(folder, 'a.byok');
  const run = await wrap({ kek: kek.path, key: keyUri('ec-p256'), 'confirm-thumbprint': kek.thumbprint, out });
  const result = JSON.parse(run.stdout);
  t.is(result.blobFile, out);
  t.is(result.manifestFile, join(folder, 'a.manifest.json'));
  t.is(result.targetThumbprint, thumbprintOf(publicPartOf('ec-p256')));
  t.deepEqual(result.manifest, JSON.parse(readFileSync(result.manifestFile, 'utf8')));
  t.true(result.manifest.notChecked.includes('kwp-flavour'));
  t.regex(run.stderr, /warning: PRACTICE/);
  const text = await wrap({
    kek: kek.path,
    key: keyUri('ec-p256'),
    'confirm-thumbprint': kek.thumbprint,
    out,
    force: true,
    json: undefined,
  });
  t.regex(text.stdout, /^PRACTICE KEY\n/);
  t.regex(text.stdout, /NOT CHECKED\n( {2}- .+\n)+$/);
});

test('two wraps of one key share neither half of the ciphertext', async (t) => {
  const folder = privateFolder(t);
  const kek = makeKekFile(folder, 2048);
  const halves = await Promise.all(
    ['one', 'two'].map(async (name) => {
      const out = join(folder, `${name}.byok`);
      await wrap({ kek: kek.path, key: keyUri('ec-p256'), 'confirm-thumbprint': kek.thumbprint, out });
      const { ciphertext } = readByok(readFileSync(out));
      return [ciphertext.subarray(0, 256).toString('hex'), ciphertext.subarray(256).toString('hex')];
    }),
  );
  t.is(new Set(halves.flat()).size, 4);
});

test('without a public object the public key is recovered, and what cannot be proven is said', async (t) => {
  const folder = privateFolder(t);
  const kek = makeKekFile(folder, 2048);
  const manifestOf = async (label: string) => {
    const out = join(folder, `${label.replaceAll(' ', '-')}.byok`);
    const run = await wrap({ kek: kek.path, key: keyUri(label), 'confirm-thumbprint': kek.thumbprint, out });
    t.is(run.code, 0, run.stderr);
    return JSON.parse(run.stdout).manifest;
  };
  const ec = await manifestOf('without public object');
  t.deepEqual(ec.target.publicKey, publicPartOf('ec-p256'));
  t.is(ec.target.publicKeySource, 'recovered');
  const rsa = await manifestOf('rsa without public object');
  t.deepEqual(rsa.target.publicKey, publicPartOf('rsa-2048'));
  t.is(rsa.target.publicKeySource, 'recovered');
  t.false(rsa.notChecked.includes('target-private-match'));
  const silent = await manifestOf('must not sign');
  t.is(silent.target.publicKey, null);
  t.is(silent.target.publicKeySource, null);
  t.true(silent.notChecked.includes('target-public-key'));
});

test('the key check value of an AES key is that of AES-ECB over zeros', async (t) => {
  const folder = privateFolder(t);
  const kek = makeKekFile(folder, 2048);
  const out = join(folder, 'a.byok');
  const run = await wrap({ kek: kek.path, key: keyUri('aes-256'), 'confirm-thumbprint': kek.thumbprint, out });
  const cipher = createCipheriv('aes-256-ecb', practiceKey('aes-256').export(), null);
  const expected = cipher.update(Buffer.alloc(16)).subarray(0, 3).toString('hex');
  t.is(JSON.parse(run.stdout).manifest.target.kcv, expected);
});

test('the thumbprint is taken in each of its forms', async (t) => {
  const folder = privateFolder(t);
  const kek = makeKekFile(folder, 2048);
  const bare = kek.thumbprint.split(':').at(-1) ?? '';
  const hex = Buffer.from(bare, 'base64url').toString('hex').toUpperCase().match(/.{4}/g)?.join(' ') ?? '';
  for (const [index, typed] of [bare, hex].entries()) {
    const out = join(folder, `${index}.byok`);
    t.is((await wrap({ kek: kek.path, key: keyUri('ec-p256'), 'confirm-thumbprint': typed, out })).code, 0);
  }
});

test('the PIN comes from a file, the environment or the URI, from one of them only', async (t) => {
  const folder = privateFolder(t);
  const kek = makeKekFile(folder, 2048);
  const common = { kek: kek.path, 'confirm-thumbprint': kek.thumbprint };
  const key = keyUri('ec-p256');
  const fromEnv = await wrap(
    { ...common, key, 'pin-file': undefined, 'pin-env': 'HSM_PIN', out: join(folder, 'env.byok') },
    { HSM_PIN: token.pin },
  );
  t.is(fromEnv.code, 0, fromEnv.stderr);
  const fromUri = await wrap({
    ...common,
    key: `${key}?pin-source=file:${token.pinFile}`,
    'pin-file': undefined,
    out: join(folder, 'uri.byok'),
  });
  t.is(fromUri.code, 0, fromUri.stderr);
  const both = await wrap(
    { ...common, key, 'pin-env': 'HSM_PIN', out: join(folder, 'both.byok') },
    { HSM_PIN: token.pin },
  );
  t.is(both.code, 2);
  const none = await wrap({ ...common, key, 'pin-file': undefined, out: join(folder, 'none.byok') });
  t.regex(none.stderr, /error\[PIN_NOT_GIVEN\]/);
  const spoken = await wrap({ ...common, key, 'pin-file': undefined, pin: token.pin, out: join(folder, 'argv.byok') });
  t.regex(spoken.stderr, /error\[SECRET_IN_ARGV\]/);
  t.false(spoken.stderr.includes(token.pin));
});

interface BadInput {
  readonly title: string;
  readonly code: string;
  readonly exit: number;
  readonly options: (folder: string) => Record<string, string | true | undefined>;
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
    const run = await wrap({ ...all, 'confirm-thumbprint': thumbprint });
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
  const run = await runProgram(
    'keyferry-wrap',
    [
      'wrap',
      '--kek',
      kek.path,
      '--confirm-thumbprint',
      kek.thumbprint,
      '--key',
      'pkcs11:token=own;object=x',
      '--module',
      SOFTHSM_MODULE,
      '--pin-env',
      'WRONG',
      '--out',
      join(folder, 'a.byok'),
    ],
    { env: { ...own.env, WRONG: 'not-the-pin-7391' } },
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

import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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
import test, { type ExecutionContext } from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { runProgram } from '../../../test/support/programs.js';
import { provisionToken } from '../../../test/support/provision.js';
import { makeToken, type TestToken } from '../../../test/support/softhsm.js';
import { makeKekFile } from './support/kek-file.js';
import { keyUri, type WrapOptions, wrapOn } from './support/wrap-program.js';

const TARGETS = ['rsa-2048', 'ec-p256', 'ec-p384', 'ec-p521', 'ec-secp256k1', 'aes-256'] as const;

let token: TestToken;

test.before(async () => {
  token = await makeToken(wholeFile, { label: 'hsm' });
  await provisionToken(token, [
    ...TARGETS.map((key, index) => ({ key, label: key, id: Buffer.of(0xa0, index) })),
    { key: 'ec-p256', label: 'guarded', id: Buffer.of(0xb0), wrapWithTrusted: true },
    { key: 'ec-p256', label: 'silent', id: Buffer.of(0xb1), sign: false, publicObject: false },
  ]);
});

/** Runs a wrap of a key of the token; the files that it would write stand beside. */
async function wrap(t: ExecutionContext, key: string, options: WrapOptions = {}) {
  const folder = privateFolder(t);
  const kek = makeKekFile(folder, 2048);
  const out = join(folder, 'a.byok');
  const run = await wrapOn(token, { kek: kek.path, key, 'confirm-thumbprint': kek.thumbprint, out, ...options });
  return { run, out, manifest: join(folder, 'a.manifest.json'), json: () => JSON.parse(run.stdout) };
}

test('a token that puts zeros behind the key is warned of by name, in the output and in the manifest', async (t) => {
  for (const [label, flavour] of [
    ['rsa-2048', 'rfc5649-zero-tail'],
    ['ec-p256', 'rfc5649-zero-tail'],
    ['ec-p384', 'rfc5649'],
    ['aes-256', 'rfc5649'],
  ] as const) {
    const { run, json } = await wrap(t, keyUri(label));
    t.is(run.code, 0, run.stderr);
    const { manifest, warnings } = json();
    t.is(manifest.wrapping.flavour, flavour, label);
    t.true(manifest.wrapping.probed);
    t.is(
      warnings.some((text: string) => text.includes('rfc5649-zero-tail')),
      flavour === 'rfc5649-zero-tail',
      label,
    );
    t.is(/warning: .*rfc5649-zero-tail/.test(run.stderr), flavour === 'rfc5649-zero-tail');
  }
});

test('--strict-der refuses such a token, and leaves the keys that it wraps well', async (t) => {
  const refused = await wrap(t, keyUri('ec-p256'), { 'strict-der': true });
  t.is(refused.run.code, 5);
  t.is(refused.json().error.code, 'MECHANISM_NOT_RFC5649');
  t.regex(refused.json().error.cause, /CKM_AES_KEY_WRAP_PAD \(0x0000210a\): it puts zeros behind/);
  t.false(existsSync(refused.out));
  t.is((await wrap(t, keyUri('aes-256'), { 'strict-der': true })).run.code, 0);
});

test('--no-probe tries nothing, and the manifest says so', async (t) => {
  const { run, json } = await wrap(t, keyUri('ec-p256'), { 'no-probe': true });
  t.is(run.code, 0, run.stderr);
  const { manifest } = json();
  t.false(manifest.wrapping.probed);
  t.is(manifest.wrapping.flavour, 'unknown');
  t.true(manifest.notChecked.includes('kwp-flavour'));
});

for (const label of TARGETS) {
  test(`${label} is rehearsed inside the HSM before it is wrapped`, async (t) => {
    const { run, json } = await wrap(t, keyUri(label), { 'rehearse-target': true });
    t.is(run.code, 0, run.stderr);
    t.regex(run.stderr, /warning: --rehearse-target wraps the real key/);
    t.true(json().manifest.wrapping.rehearsed);
    t.false(json().manifest.notChecked.includes('target-rehearsal'));
  });
}

test('a rehearsal that could prove nothing is refused', async (t) => {
  const { run, json, out } = await wrap(t, keyUri('silent'), { 'rehearse-target': true });
  t.is(run.code, 3);
  t.is(json().error.code, 'REHEARSAL_IMPOSSIBLE');
  t.false(existsSync(out));
});

test('a mechanism that the token has not is named, forced or given by number', async (t) => {
  const forced = await wrap(t, keyUri('ec-p256'), { mechanism: 'rsa-aes-key-wrap' });
  t.is(forced.json().error.code, 'MECHANISM_MISSING');
  t.regex(forced.json().error.cause, /CKM_RSA_AES_KEY_WRAP \(0x00001054\)/);
  const vendor = await wrap(t, keyUri('ec-p256'), { 'kwp-mechanism': '0x8000216F' });
  t.is(vendor.json().error.code, 'MECHANISM_NOT_RFC5649');
  t.regex(vendor.json().error.cause, /0x8000216f: the token refuses it .*CKR_MECHANISM_INVALID/);
  const named = await wrap(t, keyUri('ec-p256'), { 'kwp-mechanism': '0x210A' });
  t.is(named.run.code, 0, named.run.stderr);
  for (const wrong of ['kwp', '0x1ffffffff', '-1']) {
    t.is((await wrap(t, keyUri('ec-p256'), { 'kwp-mechanism': wrong })).run.code, 2, wrong);
  }
});

test('a key that wants a trusted KEK is refused with the attribute and the way out', async (t) => {
  const { run, json, out } = await wrap(t, keyUri('guarded'));
  t.is(run.code, 3);
  const { error } = json();
  t.is(error.code, 'KEY_NEEDS_TRUSTED_KEK');
  t.regex(error.cause, /CKA_WRAP_WITH_TRUSTED=true/);
  t.regex(error.hint, /keyferry-wrap trust kek/);
  t.false(existsSync(out));
});

test('--production refuses a software token and a key file, and contradicts --practice', async (t) => {
  const onToken = await wrap(t, keyUri('ec-p256'), { production: true });
  t.is(onToken.run.code, 3);
  t.is(onToken.json().error.code, 'PRACTICE_REFUSED');
  t.false(existsSync(onToken.out));
  t.is((await wrap(t, keyUri('ec-p256'), { production: true, practice: true })).run.code, 2);
  t.is((await wrap(t, 'key.pem', { production: true })).json().error.code, 'URI_INVALID');
});

const PEM_TARGETS = ['rsa-2048', 'rsa-4096', 'ec-p256', 'ec-p521', 'ec-secp256k1'] as const;

for (const name of PEM_TARGETS) {
  test(`--practice wraps ${name} from a PEM, and says PRACTICE everywhere`, async (t) => {
    const folder = privateFolder(t);
    const pem = join(folder, 'practice.pem');
    writeFileSync(pem, practiceKey(name).export({ type: 'pkcs8', format: 'pem' }));
    const {
      run,
      out,
      manifest: file,
    } = await wrap(t, pem, {
      practice: true,
      json: undefined,
      module: undefined,
      'pin-file': undefined,
    });
    t.is(run.code, 0, run.stderr);
    t.regex(run.stderr, /warning: PRACTICE/);
    t.regex(run.stdout, /^PRACTICE KEY\n/);
    const blob = readByok(readFileSync(out));
    t.regex(blob.generator, /PRACTICE$/);
    const manifest = readManifest(readFileSync(file));
    t.is(manifest.mode, 'practice');
    t.is(manifest.hsm, null);
    const { plaintext } = openPracticeBlob(practiceKey('kek-2048'), blob.ciphertext);
    const inside = readTargetKey(plaintext, manifest.target.type);
    const expected = publicJwkOf(createPublicKey(practiceKey(name)));
    t.true(inside.publicKey !== null && samePublicKey(inside.publicKey, expected));
    t.deepEqual(manifest.target.publicKey, expected);
    t.regex(run.stdout, new RegExp(thumbprintOf(expected)));
  });
}

test('what is no private key to practise with is refused', async (t) => {
  const folder = privateFolder(t);
  const key = practiceKey('ec-p256');
  const files: Record<string, string | Buffer> = {
    'public.pem': createPublicKey(key).export({ type: 'spki', format: 'pem' }),
    'encrypted.pem': key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'practice' }),
    'noise.pem': 'noise',
    'empty.pem': '',
  };
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), content);
    const { run, out, json } = await wrap(t, join(folder, name), { practice: true });
    t.is(run.code, 4, name);
    t.is(json().error.code, 'PRACTICE_KEY_INVALID', name);
    t.false(existsSync(out));
  }
  t.is((await wrap(t, join(folder, 'missing.pem'), { practice: true })).json().error.code, 'FILE_NOT_FOUND');
});

test('--practice marks a run on a token, and the option has its place in the help', async (t) => {
  const { run, json } = await wrap(t, keyUri('ec-p256'), { practice: true });
  t.is(run.code, 0, run.stderr);
  t.is(json().manifest.mode, 'practice');
  const help = await runProgram('keyferry-wrap', ['wrap', '--help']);
  for (const option of ['--strict-der', '--no-probe', '--rehearse-target', '--kwp-mechanism', '--production']) {
    t.true(help.stdout.includes(option), option);
  }
});

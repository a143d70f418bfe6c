import { createCipheriv, createHash, createPublicKey } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
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
import { provisionToken } from '../../../test/support/provision.js';
import { makeToken, type TestToken } from '../../../test/support/softhsm.js';
import { KID, makeKekFile } from './support/kek-file.js';
import { keyUri, type WrapOptions, wrapOn } from './support/wrap-program.js';

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
  ]);
});

const wrap = (options: WrapOptions, env?: Record<string, string>) => wrapOn(token, options, env);

function publicPartOf(name: PracticeKeyName) {
  return publicJwkOf(createPublicKey(practiceKey(name)));
}

test('an AES key is not wrapped for a Key Vault, which could not take it', async (t) => {
  const folder = privateFolder(t);
  const kek = makeKekFile(folder, 2048, { kid: KID.replace('managedhsm', 'vault') });
  const out = join(folder, 'a.byok');
  const run = await wrap({ kek: kek.path, key: keyUri('aes-256'), 'confirm-thumbprint': kek.thumbprint, out });
  t.is(run.code, 3);
  t.regex(run.stderr, /^error\[TARGET_NOT_IN_VAULT\]/m);
  t.regex(run.stderr, /^cause: .*"aes-256" is an AES key, and this KEK lives in a Key Vault/m);
  t.false(existsSync(out));
});

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
  t.false(result.manifest.notChecked.includes('kwp-flavour'));
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

import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  openPracticeBlob,
  publicJwkOf,
  type RsaPublicJwk,
  readByok,
  readManifest,
  readTargetKey,
  samePublicKey,
} from '@keyferry/blob';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { makeOverlayToken } from '../../../test/support/overlay.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { runProgram } from '../../../test/support/programs.js';
import { provisionToken } from '../../../test/support/provision.js';
import { makeToken } from '../../../test/support/softhsm.js';
import type { HsmUnderTest } from '../../../test/support/token.js';
import { storedObjects } from './support/doctor-program.js';
import { type KekFile, makeKekFile } from './support/kek-file.js';
import { keyUri, type WrapOptions, wrapOn } from './support/wrap-program.js';

/** A key that leaves under trusted keys only, a KEK, and the tools of user and security officer. */
async function subject(t: ExecutionContext, token: HsmUnderTest) {
  await provisionToken(token, [
    { key: 'ec-p256', label: 'guarded', id: Buffer.of(1), wrapWithTrusted: true },
    { key: 'ec-p256', label: 'free', id: Buffer.of(2) },
  ]);
  const folder = privateFolder(t);
  const soPinFile = join(folder, 'so-pin');
  writeFileSync(soPinFile, `${token.soPin}\n`, { mode: 0o600 });
  const kek = makeKekFile(folder, 2048);
  const out = join(folder, 'a.byok');
  return {
    kek,
    out,
    manifest: () => readManifest(readFileSync(join(folder, 'a.manifest.json'))),
    otherKek: makeKekFile(folder, 2048, { key: publicJwkOf(createPublicKey(practiceKey('rsa-2048'))) as RsaPublicJwk }),
    wrap: (key: string, options: WrapOptions = {}) =>
      wrapOn(token, { kek: kek.path, key: keyUri(key), 'confirm-thumbprint': kek.thumbprint, out, ...options }),
    trust: async (what: string, ...args: string[]) => {
      const all = [what, '--token', token.label, '--module', token.module, '--so-pin-file', soPinFile, ...args];
      const run = await runProgram('keyferry-wrap', ['trust', ...all], { env: token.env });
      t.is(run.code, 0, run.stderr);
    },
    trustKek: ({ path, thumbprint }: KekFile) => ['kek', '--kek', path, '--confirm-thumbprint', thumbprint] as const,
  };
}

function holdsTheKey(t: ExecutionContext, out: string) {
  const { plaintext } = openPracticeBlob(practiceKey('kek-2048'), readByok(readFileSync(out)).ciphertext);
  const { publicKey } = readTargetKey(plaintext, 'EC');
  t.true(publicKey !== null && samePublicKey(publicKey, publicJwkOf(createPublicKey(practiceKey('ec-p256')))));
}

test('a key that wants trusted wrapping keys crosses in one call under the trusted KEK', async (t) => {
  const token = await makeOverlayToken(t, { 'rsa-aes-key-wrap': 'exact' }, { label: 'hsm' });
  const { kek, out, manifest, wrap, trust, trustKek } = await subject(t, token);
  const untrusted = await wrap('guarded');
  t.is(JSON.parse(untrusted.stdout).error.code, 'KEY_NEEDS_TRUSTED_KEK');
  t.false(existsSync(out));
  await trust(...trustKek(kek));
  const before = storedObjects(token);
  const run = await wrap('guarded');
  t.is(run.code, 0, run.stderr);
  holdsTheKey(t, out);
  const { wrapping, target } = manifest();
  t.is(wrapping.mechanism, 'rsa-aes-key-wrap');
  t.true(wrapping.ephemeral && wrapping.probed);
  t.true(target.attributes.wrapWithTrusted);
  t.deepEqual(storedObjects(token), before, 'the trusted KEK stays as it was');
});

test("without the one call it crosses under the security officer's AES key, which is destroyed after use", async (t) => {
  const token = await makeToken(t, { label: 'hsm' });
  const { kek, out, manifest, wrap, trust, trustKek } = await subject(t, token);
  await trust(...trustKek(kek));
  const before = storedObjects(token);
  const refused = await wrap('guarded');
  t.is(refused.code, 3);
  t.regex(JSON.parse(refused.stdout).error.hint, /trust wrapping-key/);
  await trust('wrapping-key', '--label', 'carrier');
  const options = { 'trusted-wrapping-key': keyUri('carrier') };
  const rehearsed = await wrap('guarded', { ...options, 'rehearse-target': true });
  t.is(JSON.parse(rehearsed.stdout).error.code, 'REHEARSAL_IMPOSSIBLE');
  const free = await wrap('free', options);
  t.is(free.code, 2, 'a key that does not ask for it gets a fresh AES key');
  t.is(storedObjects(token).length, before.length + 1, 'what was not used is still there');
  const run = await wrap('guarded', options);
  t.is(run.code, 0, run.stderr);
  t.regex(run.stderr, /warning: .*not ephemeral/);
  holdsTheKey(t, out);
  t.false(manifest().wrapping.ephemeral);
  t.deepEqual(storedObjects(token), before);
});

test('a trusted object that only has the name of the KEK is never used', async (t) => {
  const token = await makeOverlayToken(t, { 'rsa-aes-key-wrap': 'exact' }, { label: 'hsm' });
  const { otherKek, out, wrap, trust, trustKek } = await subject(t, token);
  await trust(...trustKek(otherKek));
  const run = await wrap('guarded');
  const { error } = JSON.parse(run.stdout);
  t.is(error.code, 'KEY_NEEDS_TRUSTED_KEK');
  t.regex(error.cause, /another modulus/);
  t.false(existsSync(out));
});

import test from 'ava';
import { wholeFile } from '../../test/support/folder.js';
import { mustRun } from '../../test/support/programs.js';
import { makeToken, type TestToken } from '../../test/support/softhsm.js';
import { ADAPTERS, judgeProducer, wrapAdapterEnv } from './support/producer-program.js';

let token: TestToken;

test.before(async () => {
  token = await makeToken(wholeFile, { label: 'prod' });
});

test('keyferry-wrap on SoftHSM2 makes right blobs, refuses what it must, and leaves nothing in the token', async (t) => {
  const run = await judgeProducer({
    adapter: `${ADAPTERS}keyferry-wrap.mjs`,
    run: ['producer/wrap/kek-2048/aes-256', 'producer/wrap/kek-2048/ec-p256', 'producer/refuse/*'],
    env: wrapAdapterEnv(token),
  });
  t.is(run.code, 0, run.stderr);
  // SoftHSM2 puts zeros behind the encoded key.
  t.deepEqual(run.against, { 'producer/wrap/kek-2048/ec-p256': ['warn', 'warn blob/encoding/trailing'] });
  t.is(run.results.verdict, 'conforms');
  t.is(run.results.counts['not-applicable'], 0);
  t.is(run.results.subject.name, 'keyferry-wrap');
  // SoftHSM2 is at times not there for a second process.
  t.is(run.results.subject.features.lanes, '1');
  t.regex(run.results.subject.sha256, /^[0-9a-f]{64}$/);
  const objects = await mustRun(
    'pkcs11-tool',
    ['--module', token.module, '--token-label', token.label, '--login', '--pin', token.pin, '--list-objects'],
    { env: token.env },
  );
  t.notRegex(objects.stdout, /keyferry-conformance/);
});

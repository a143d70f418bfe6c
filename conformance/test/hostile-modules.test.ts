import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { broken } from './support/broken-module.js';
import { judgeModule } from './support/module-program.js';

test.serial("what the vendor's own numbers make is told", async (t) => {
  const numbers = ['0x8000216f:exact', '0x80000001:pkcs7-rfc3394', '0x80000002:wrong-aiv', '0x80000003:refuse:0x71'];
  broken.setBehaviour({ kwp: numbers });
  const run = await judgeModule(broken, { run: ['module/vendor/key-wrap'] });
  const findings: { level: string; actual: string }[] = run.results.cases[0].findings;
  t.deepEqual(
    findings.map(({ level, actual }) => `${level} ${actual}`),
    [
      'pass 0x80000001: RFC 3394 over PKCS#7 padding',
      'warn 0x80000002: nothing known',
      'not-checked 0x80000003: it refuses an AES key without parameters: CKR_MECHANISM_PARAM_INVALID (0x71)',
      'pass 0x8000216f: RFC 5649',
    ],
  );
});

test.serial('what a case needs and the token has not skips it; what goes wrong is an error', async (t) => {
  const run = ['module/usage/encrypt'];
  broken.setBehaviour({ refuse: 'C_GenerateKey:0xd1' });
  const skipped = await judgeModule(broken, { run });
  t.is(skipped.results.verdict, 'nothing was judged');
  t.deepEqual(skipped.against, { 'module/usage/encrypt': ['skipped'] });
  t.regex(reasonOf(skipped.results, 'module/usage/encrypt'), /CKR_TEMPLATE_INCONSISTENT/);
  broken.setBehaviour({ refuse: 'C_GenerateKey:0x30' });
  const failed = await judgeModule(broken, { run });
  t.deepEqual(failed.against, { 'module/usage/encrypt': ['error'] });
});

test.serial('a module that dies before the first case is told as an error of the HSM', async (t) => {
  for (const die of ['C_Initialize:1', 'C_Login:1']) {
    broken.setBehaviour({ die });
    const run = await judgeModule(broken, { run: ['module/usage/encrypt'] });
    t.is(run.code, 5, run.stderr);
    t.regex(run.stderr, /^error\[HSM_ERROR\]/m);
    t.regex(run.stderr, /before the first case the module ended its process: SIGKILL/);
  }
});

test.serial('a module that dies in C_WrapKey costs one case, and the next are judged', async (t) => {
  broken.setBehaviour({ die: 'C_WrapKey:2' });
  const run = await judgeModule(broken, { run: ['module/initial/*', 'module/usage/wrap', 'module/usage/encrypt'] });
  t.is(run.code, 4, run.stderr);
  t.deepEqual(run.against, {
    'module/initial/unwrap-defaults': ['crash'],
  });
  t.regex(reasonOf(run.results, 'module/initial/unwrap-defaults'), /SIGKILL/);
  t.is(run.results.counts.pass, 9);
});

test.serial('a module that hangs in C_GenerateKey costs one case, and its process is gone afterwards', async (t) => {
  broken.setBehaviour({ raise: 'C_GenerateKey:2:19' });
  const run = await judgeModule(broken, {
    run: ['module/leaving/read/sensitive', 'module/leaving/read/unextractable', 'module/guard/copyable'],
    args: ['--timeout', '3'],
  });
  t.is(run.code, 4, run.stderr);
  t.deepEqual(run.against, { 'module/leaving/read/unextractable': ['timeout'] });
  t.is(run.results.counts.pass, 2);
  t.deepEqual(processesThatSee(broken.env.KEYFERRY_OVERLAY ?? ''), []);
});

test.serial('a module that keeps what it should destroy is told as a trouble of the run', async (t) => {
  broken.setBehaviour({ 'no-destroy': 'yes' });
  const run = await judgeModule(broken, { run: ['module/trust/officer/wrap'] });
  t.is(run.code, 4, run.stderr);
  t.is(run.results.verdict, 'incomplete');
  t.regex(run.results.run.troubles.join(), /could not be taken back/);
  broken.setBehaviour({});
  const next = await judgeModule(broken, { run: ['module/usage/wrap'] });
  t.deepEqual([next.code, next.results.run.troubles], [0, []]);
});

test.serial('what is in the token afterwards and was not before is told as a trouble of the run', async (t) => {
  // Every key becomes an object of the token, and stays there.
  broken.setBehaviour({ force: '0x1:1', 'no-destroy': 'yes' });
  const run = await judgeModule(broken, { run: ['module/leaving/read/sensitive'] });
  t.deepEqual([run.code, run.results.verdict, run.results.counts.pass], [4, 'incomplete', 1], run.stderr);
  t.regex(run.results.run.troubles.join(), / 0 are gone or changed, and 1 are new/);
});

/** Processes with this text in their environment. */
function processesThatSee(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(text);
    } catch {
      return false; // another's process, or one that has ended
    }
  });
}

function reasonOf(results: { cases: { id: string; reason: string }[] }, id: string): string {
  return results.cases.find((each) => each.id === id)?.reason ?? '';
}

import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { BROKEN_WRAPPING } from './broken/modules.js';
import { broken, testBroken } from './support/broken-module.js';
import { judgeModule } from './support/module-program.js';

testBroken(BROKEN_WRAPPING);

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

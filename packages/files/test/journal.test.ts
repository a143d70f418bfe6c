import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { privateFolder } from '../../../test/support/folder.js';
import { openJournal } from '../src/index.js';

const BOOT = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);

interface Entry {
  step: string;
}

function entry(value: unknown): Entry {
  if (typeof value === 'object' && value !== null && 'step' in value && typeof value.step === 'string') {
    return { step: value.step };
  }
  throw new Error('no step');
}

test('entries come back in their order, and the file and its lock are private', async (t) => {
  const folder = privateFolder(t);
  const path = join(folder, 'batch.jsonl');
  const journal = await openJournal(path, entry);
  t.deepEqual(journal.entries, []);
  await Promise.all(['one', 'two', 'three\n', '\u2028'].map((step) => journal.append({ step })));
  for (const name of readdirSync(folder)) t.is(statSync(join(folder, name)).mode & 0o777, 0o600, name);
  await journal.close();
  await journal.close();
  t.deepEqual(readdirSync(folder), ['batch.jsonl']);
  const again = await openJournal(path, entry);
  t.deepEqual(again.entries, journal.entries);
  t.deepEqual(
    again.entries.map(({ step }) => step),
    ['one', 'two', 'three\n', '\u2028'],
  );
  await again.close();
});

test('what is appended at the same time is there, each entry in its place, when its append returns', async (t) => {
  const path = join(privateFolder(t), 'j');
  const journal = await openJournal(path, entry);
  const steps = Array.from({ length: 20 }, (_, n) => `step ${n}`);
  const refused = t.throwsAsync(journal.append({ stop: 1 } as never), { message: 'no step' });
  await Promise.all(
    steps.map(async (step, n) => {
      await journal.append({ step });
      t.is(readFileSync(path, 'utf8').split('\n')[n], JSON.stringify({ step }));
      t.deepEqual(journal.entries[n], { step });
    }),
  );
  await refused;
  await journal.close();
  t.is(readFileSync(path, 'utf8').split('\n').length, 21);
});

test('a journal that nothing was written into is not left behind, but one that was there stays', async (t) => {
  const folder = privateFolder(t);
  await (await openJournal(join(folder, 'new'), entry)).close();
  t.deepEqual(readdirSync(folder), []);
  writeFileSync(join(folder, 'old'), '');
  await (await openJournal(join(folder, 'old'), entry)).close();
  t.deepEqual(readdirSync(folder), ['old']);
});

test('cut at any byte, a journal keeps every entry whose line is whole, and takes new ones', async (t) => {
  const path = join(privateFolder(t), 'j');
  const steps = fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(), async (written, cut) => {
      const whole = Buffer.from(written.map((step) => `${JSON.stringify({ step })}\n`).join(''));
      const torn = whole.subarray(0, cut % (whole.length + 1));
      writeFileSync(path, torn);
      const survivors = written.slice(0, torn.filter((byte) => byte === 0x0a).length);
      const journal = await openJournal(path, entry);
      t.deepEqual(
        journal.entries.map(({ step }) => step),
        survivors.map(wellFormed),
      );
      await journal.append({ step: 'next' });
      await journal.close();
      const again = await openJournal(path, entry);
      t.deepEqual(
        again.entries.map(({ step }) => step),
        [...survivors.map(wellFormed), 'next'],
      );
      await again.close();
    }),
    { numRuns: 80 },
  );
});

test('any bytes at all are either a journal, or damaged: never a crash, and damage changes no byte', async (t) => {
  const path = join(privateFolder(t), 'j');
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.boolean(), async (bytes, ended) => {
      const content = Buffer.from(ended ? [...bytes, 0x0a] : bytes);
      writeFileSync(path, content);
      try {
        const journal = await openJournal(path, entry);
        await journal.close();
      } catch (error) {
        t.like(error, { code: 'JOURNAL_DAMAGED' });
        t.deepEqual(readFileSync(path), content);
      }
      t.is(readdirSync(join(path, '..')).length, 1);
    }),
    { numRuns: 80 },
  );
});

for (const [what, text, line] of [
  ['no JSON', '{"step":"a"}\n{"step":\n{"step":"c"}\n', 2],
  ['no JSON in the last whole line', '{"step":"a"}\n{"step":"b"\n', 2],
  ['an entry that does not parse', '{"stop":"a"}\n{"step":"b"}\n', 1],
  ['an empty line', '{"step":"a"}\n\n', 2],
  ['zero bytes', '{"step":"a"}\n\0\0\0\0\n', 2],
  ['no UTF-8', Buffer.from([0x22, 0xff, 0x22, 0x0a]), 1],
] as const) {
  test(`${what} in a line that ends is damage: the line is named, the file is left as it is`, async (t) => {
    const path = join(privateFolder(t), 'j');
    writeFileSync(path, text);
    const error = await t.throwsAsync(openJournal(path, entry), { code: 'JOURNAL_DAMAGED' });
    t.like(error, { values: { line } });
    t.deepEqual(readFileSync(path), Buffer.from(text));
  });
}

test('an entry that could not be read again is not written', async (t) => {
  const path = join(privateFolder(t), 'j');
  const journal = await openJournal(path, entry);
  await t.throwsAsync(journal.append({ stop: 1 } as never), { message: 'no step' });
  await journal.append({ step: 'good' });
  await journal.close();
  await t.throwsAsync(journal.append({ step: 'late' }), { message: /closed/ });
  t.is(readFileSync(path, 'utf8'), '{"step":"good"}\n');
});

test('a second opener is refused, in the same process and in another one', async (t) => {
  const path = join(privateFolder(t), 'j');
  const journal = await openJournal(path, entry);
  await t.throwsAsync(openJournal(path, entry), { code: 'JOURNAL_IN_USE' });
  const other = openElsewhere(path);
  t.is((await once(other.stdout, 'data')).join(''), 'JOURNAL_IN_USE\n');
  await journal.close();
  await (await openJournal(path, entry)).close();
});

test('the lock of a process that was killed is taken over, and what it appended is there', async (t) => {
  const folder = privateFolder(t);
  const path = join(folder, 'j');
  const other = openElsewhere(path);
  t.is((await once(other.stdout, 'data')).join(''), 'open\n');
  const error = await t.throwsAsync(openJournal(path, entry), { code: 'JOURNAL_IN_USE' });
  t.like(error, { values: { pid: other.pid } });
  other.kill('SIGKILL');
  await once(other, 'exit');
  const journal = await openJournal(path, entry);
  t.deepEqual(journal.entries, [{ step: 'elsewhere' }]);
  await journal.close();
  t.deepEqual(readdirSync(folder), ['j']);
});

test('a lock of another boot, of a process id that was used again, or of none is taken over', async (t) => {
  const folder = privateFolder(t);
  const path = join(folder, 'j');
  const { start } = processStat(process.ppid);
  for (const holder of [`00000000-${process.ppid}-${start}`, `${BOOT}-${process.ppid}-1`, `${BOOT}-4194305-1`]) {
    writeFileSync(`${path}.lock-${holder}`, '');
  }
  const unrelated = ['j.lock-mine', 'jj.lock-00000000-1-1', 'other'];
  for (const name of unrelated) writeFileSync(join(folder, name), '');
  await (await openJournal(path, entry)).close();
  t.deepEqual(readdirSync(folder).sort(), unrelated.sort());
  writeFileSync(`${path}.lock-${BOOT}-${process.ppid}-${start}`, '');
  await t.throwsAsync(openJournal(path, entry), { code: 'JOURNAL_IN_USE' });
});

test('the lock of a process that has ended, but whose parent has not asked how, is taken over', async (t) => {
  const path = join(privateFolder(t), 'j');
  // The child ends when it is told, after its parent has become a program that never waits for children.
  const parent = spawn('sh', ['-c', 'exec 3<&0; head -c 1 <&3 >/dev/null & echo $!; exec sleep 600']);
  t.teardown(() => parent.kill());
  const pid = Number((await once(parent.stdout, 'data')).join(''));
  await until(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8') === 'sleep\n');
  parent.stdin.write('x');
  await until(() => processStat(pid).state === 'Z');
  writeFileSync(`${path}.lock-${BOOT}-${pid}-${processStat(pid).start}`, '');
  await t.notThrowsAsync(openJournal(path, entry).then((journal) => journal.close()));
});

test('a link, a folder and a missing folder are refused, and no lock stays', async (t) => {
  const folder = privateFolder(t);
  symlinkSync('/dev/null', join(folder, 'link'));
  mkdirSync(join(folder, 'sub'));
  for (const name of ['link', 'sub']) {
    await t.throwsAsync(openJournal(join(folder, name), entry), { code: 'FILE_NOT_REGULAR' });
  }
  await t.throwsAsync(openJournal(join(folder, 'none', 'j'), entry), { code: 'OUTPUT_FOLDER_MISSING' });
  t.deepEqual(readdirSync(folder).sort(), ['link', 'sub']);
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Fields 3 and 22 of proc(5); the names of these programs hold no spaces. */
function processStat(pid: number): { state: string | undefined; start: string | undefined } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
  return { state: fields[2], start: fields[21] };
}

/** What a text is after UTF-8: lone surrogates are written as escapes, and come back as they were. */
function wellFormed(step: string): string {
  return JSON.parse(JSON.stringify(step));
}

/** Another process that opens the journal, appends and waits; or tells the code of its error. */
function openElsewhere(path: string) {
  const code = `
    import { openJournal } from ${JSON.stringify(import.meta.resolve('../src/index.ts'))};
    try {
      const journal = await openJournal(${JSON.stringify(path)}, (value) => value);
      await journal.append({ step: 'elsewhere' });
      console.log('open');
      process.stdin.resume();
    } catch (error) {
      console.log(error.code);
    }`;
  const tsx = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', code];
  return spawn(process.execPath, tsx, { stdio: ['pipe', 'pipe', 'inherit'] });
}

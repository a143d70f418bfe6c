import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { type Owner, privateFolder } from '../../../test/support/folder.js';
import { mustRun } from '../../../test/support/programs.js';
import { playedStick } from '../../../test/support/stick.js';
import { openJournal } from '../src/index.js';

const [WRITE = '', KEEP = ''] = ['write-outputs', 'keep-journal'].map((name) =>
  fileURLToPath(new URL(`fixtures/${name}.mjs`, import.meta.url)),
);
const TEMPORARY = /^\.keyferry-[0-9a-f]{16}\.tmp$/;
const NEW = { 'a.byok': 'b'.repeat(800), 'a.manifest.json': 'm'.repeat(1500) };
const OLD = { 'a.byok': 'old blob', 'a.manifest.json': 'old manifest' };

type Faults = Parameters<typeof playedStick>[1];

/** Writes both files on a played stick: what the program says, and what then stands there. */
async function written(t: Owner, faults: Faults, before: Readonly<Record<string, string>> = {}) {
  const folder = privateFolder(t);
  for (const [name, text] of Object.entries(before)) writeFileSync(join(folder, name), text);
  const words = [WRITE, folder, ...(Object.keys(before).length > 0 ? ['force'] : [])];
  const { stdout } = await mustRun(process.execPath, words, { env: playedStick(folder, faults) });
  const names = readdirSync(folder);
  const files = Object.fromEntries(
    names.filter((name) => !TEMPORARY.test(name)).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
  return { said: stdout.trim(), files, temporary: names.filter((name) => TEMPORARY.test(name)) };
}

/** How many system calls on the stick the whole work takes. */
async function callsOf(t: ExecutionContext, before: Readonly<Record<string, string>> = {}): Promise<number> {
  for (let calls = 20; ; calls++) {
    if ((await written(t, { pulled: calls + 1 }, before)).said === 'done') return calls;
  }
}

test('on a stick without links and modes both files are written, or replaced', async (t) => {
  t.deepEqual(await written(t, {}), { said: 'done', files: NEW, temporary: [] });
  t.deepEqual(await written(t, {}, OLD), { said: 'done', files: NEW, temporary: [] });
});

for (const full of [0, 1, 1499, 1500, 1501, 2299]) {
  test(`a stick that is full after ${full} of 2300 bytes is left as it was`, async (t) => {
    t.deepEqual(await written(t, { full }), { said: 'OUTPUT_NOT_WRITABLE', files: {}, temporary: [] });
    t.deepEqual(await written(t, { full }, OLD), { said: 'OUTPUT_NOT_WRITABLE', files: OLD, temporary: [] });
  });
}

test('a stick with room for both files to the byte takes them', async (t) => {
  t.deepEqual(await written(t, { full: 2300 }), { said: 'done', files: NEW, temporary: [] });
});

test('a stick with a loose contact, whichever call it hits, gets both files, or is left as it was and told', async (t) => {
  const calls = await callsOf(t);
  let failed = 0;
  for (let loose = 1; loose <= calls; loose++) {
    const { said, files, temporary } = await written(t, { loose });
    if (said === 'done') t.deepEqual(files, NEW, `call ${loose}`);
    else t.deepEqual({ said, files }, { said: 'OUTPUT_NOT_WRITABLE', files: {} }, `call ${loose}`);
    t.deepEqual(temporary, [], `call ${loose}`);
    failed += said === 'done' ? 0 : 1;
  }
  t.true(failed >= calls - 6, `${failed} of ${calls}`);
});

for (const before of [{}, OLD]) {
  const what = before === OLD ? 'with --force' : 'without --force';
  test(`a stick that is pulled out at any call keeps whole files only, the blob after its manifest (${what})`, async (t) => {
    const calls = await callsOf(t, before);
    for (let pulled = 1; pulled <= calls; pulled++) {
      const { said, files } = await written(t, { pulled }, before);
      t.is(said, 'OUTPUT_NOT_WRITABLE', `call ${pulled}`);
      const possible = [before, { ...before, 'a.manifest.json': NEW['a.manifest.json'] }, NEW];
      t.true(
        possible.some(
          (one) => JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(files).sort()),
        ),
        `call ${pulled}: ${Object.keys(files)}`,
      );
    }
  });
}

for (const fault of ['pulled', 'loose'] as const) {
  test(`a journal on a stick (${fault} at any call) keeps each entry whose append has returned`, async (t) => {
    const closed: number[] = [];
    for (let call = 1; call <= 40; call++) {
      const folder = privateFolder(t);
      const path = join(folder, 'journal');
      const env = playedStick(folder, { [fault]: call });
      const { stdout } = await mustRun(process.execPath, [KEEP, path], { env });
      const [appended, said] = stdout.trim().split(' ');
      t.true(said === 'closed' || said === 'OUTPUT_NOT_WRITABLE', `call ${call}: ${stdout}`);
      if (said === 'closed') closed.push(call);
      const journal = await openJournal(path, (value) => String(value));
      t.true(journal.entries.length >= Number(appended), `call ${call}: ${journal.entries} after ${appended}`);
      t.deepEqual(journal.entries, ['one', 'two'].slice(0, journal.entries.length), `call ${call}`);
      await journal.append('three');
      await journal.close();
      t.deepEqual(readdirSync(folder), ['journal'], `call ${call}`);
    }
    t.true(closed.includes(40) && !closed.includes(1) && closed.length < 30, `closed at ${closed}`);
  });
}

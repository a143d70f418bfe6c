import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { runCommand } from '../../../test/support/programs.js';
import { readRecords, recordFiles } from '../src/data/record-files.js';
import type { KeyRecord } from '../src/keys/record.js';
import { Records } from '../src/keys/records.js';
import { memoryStore } from './support/memory-engine.js';

const HOST = 'a.vault.azure.net';
let count = 0;

function draft(name: string, host = 'a.vault.azure.net'): Omit<KeyRecord, 'schema' | 'sequence'> {
  count += 1;
  const version = count.toString(16).padStart(32, 'f');
  return {
    ...{ host, name, version, objectId: version, hsm: true, origin: 'generated', enabled: true },
    ...{ material: { type: 'oct', bits: 256 }, keyOps: ['encrypt'], created: 1, updated: 1, tags: {} },
  };
}

test('versions keep their order, also after a restart in the same second', async (t) => {
  const folder = privateFolder(t);
  const records = new Records([], recordFiles(folder));
  for (const name of ['one', 'two', 'one', 'one']) await records.add(draft(name));
  const again = new Records(await readRecords(folder), recordFiles(folder));
  t.deepEqual(again.versions('a.vault.azure.net', 'one'), records.versions('a.vault.azure.net', 'one'));
  t.is(again.versions('a.vault.azure.net', 'one').length, 3);
  const { sequence } = await again.add(draft('one'));
  t.is(sequence, 5);
  t.is(again.newest('a.vault.azure.net', 'ONE')?.sequence, 5);
});

test('a record is seen only when it is written', async (t) => {
  let written = () => {};
  const writing = new Promise<void>((resolve) => {
    written = resolve;
  });
  const records = new Records([], { ...memoryStore(), write: () => writing });
  const adding = records.add(draft('slow'));
  t.is(records.newest('a.vault.azure.net', 'slow'), undefined);
  written();
  const added = await adding;
  t.is(records.newest('a.vault.azure.net', 'slow'), added);
});

test('a record that cannot be written is never seen, and a change that fails changes nothing', async (t) => {
  let full = false;
  const write = async () => {
    if (full) throw new Error('disk full');
  };
  const records = new Records([], { ...memoryStore(), write });
  const kept = await records.add(draft('kept'));
  full = true;
  await t.throwsAsync(records.add(draft('lost')));
  t.is(records.newest('a.vault.azure.net', 'lost'), undefined);
  await t.throwsAsync(records.change(kept, async (current) => ({ ...current, enabled: false })));
  t.true(records.newest('a.vault.azure.net', 'kept')?.enabled);
  full = false;
  t.false((await records.change(kept, async (current) => ({ ...current, enabled: false }))).enabled);
});

test('changes of one version see each other', async (t) => {
  const records = new Records([], memoryStore());
  const record = await records.add(draft('changing'));
  const changes = Array.from({ length: 10 }, (_, i) =>
    records.change(record, async ({ tags, ...rest }) => ({ ...rest, tags: { ...tags, [i]: '' } })),
  );
  await Promise.all(changes);
  t.is(Object.keys(records.newest('a.vault.azure.net', 'changing')?.tags ?? {}).length, 10);
});

test('vaults do not see each other', async (t) => {
  const records = new Records([], memoryStore());
  await records.add(draft('same', 'a.vault.azure.net'));
  t.is(records.newest('b.vault.azure.net', 'same'), undefined);
  t.deepEqual(records.newestOfEach('b.vault.azure.net', 'live', { count: 9 }), []);
});

test('unfinished files are removed, and a damaged or misnamed record is an error', async (t) => {
  const folder = privateFolder(t);
  await new Records([], recordFiles(folder)).add(draft('good'));
  const unfinished = join(folder, `.keyferry-${'ab'.repeat(8)}.tmp`);
  writeFileSync(unfinished, '{');
  t.is((await readRecords(folder)).length, 1);
  t.is(readdirSync(folder).length, 1);
  const name = readdirSync(folder)[0] ?? '';
  writeFileSync(join(folder, `${'f'.repeat(32)}.json`), '{}');
  await t.throwsAsync(readRecords(folder), { code: 'DATA_FOLDER', message: /f{32}\.json/ });
  t.regex(name, /^[0-9a-f]{32}\.json$/);
});

test('there may be more records than a process may have open files', async (t) => {
  const folder = privateFolder(t);
  await new Records([], recordFiles(folder)).add(draft('many'));
  const [name = ''] = readdirSync(folder);
  const record = readFileSync(join(folder, name), 'utf8');
  for (let other = 0; other < 300; other++) {
    const version = `a${other.toString(16).padStart(31, '0')}`;
    writeFileSync(join(folder, `${version}.json`), JSON.stringify({ ...JSON.parse(record), version }));
  }
  const program = [
    `import { readRecords } from '${new URL('../dist/data/record-files.js', import.meta.url)}';`,
    `console.log((await readRecords(${JSON.stringify(folder)})).length);`,
  ].join('\n');
  const limited = ['-c', 'ulimit -n 128; exec "$@"', '-', process.execPath, '--input-type=module', '--eval', program];
  const { code, stdout, stderr } = await runCommand('sh', limited);
  t.is(code, 0, stderr);
  t.is(stdout, '301\n');
});

test('a purge that is interrupted anywhere after its commit is finished at the next start', async (t) => {
  for (let removals = 0; removals < 3; removals++) {
    const folder = privateFolder(t);
    const files = recordFiles(folder);
    const interrupted = {
      ...files,
      // As if the process had been killed after so many of the files.
      remove: async (records: readonly KeyRecord[]) => {
        await files.remove(records.slice(0, removals));
        throw new Error('killed');
      },
    };
    const records = new Records([], interrupted);
    for (const name of ['key', 'Key', 'key', 'other']) await records.add(draft(name));
    await records.changeWholeKey(HOST, 'key', () => ({ deletion: { deleted: 1, scheduledPurge: 2 } }));
    await t.throwsAsync(
      records.purge(HOST, 'key', async () => undefined),
      { message: 'killed' },
    );
    t.deepEqual(records.versions(HOST, 'key', 'deleted'), []);
    const later = await records.add(draft('key'));

    const again = new Records(await readRecords(folder), files);
    t.deepEqual(again.versions(HOST, 'key'), [later], `${removals} removed`);
    t.is(again.versions(HOST, 'other').length, 1);
    t.is(readdirSync(folder).length, 2);
  }
});

test('a deleted key stays deleted over a restart, and a purge destroys all its objects', async (t) => {
  const folder = privateFolder(t);
  const records = new Records([], recordFiles(folder));
  const added = [await records.add(draft('key')), await records.add(draft('key'))];
  const deletion = { deleted: 5, scheduledPurge: 6 };
  await records.changeWholeKey(HOST, 'KEY', (current) => ({ ...current, deletion }));
  const again = new Records(await readRecords(folder), recordFiles(folder));
  t.deepEqual(again.versions(HOST, 'key'), []);
  t.deepEqual(again.versions(HOST, 'key', 'deleted')[0]?.wholeKey, { deletion });
  const destroyed: string[] = [];
  await again.purge(HOST, 'key', async (objectId) => void destroyed.push(objectId));
  t.deepEqual(
    destroyed,
    added.map(({ objectId }) => objectId),
  );
  t.deepEqual(readdirSync(folder), []);
});

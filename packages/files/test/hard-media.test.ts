import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import { checkOutputs, openJournal, writeOutputs } from '../src/index.js';

const test = anyTest as TestFn<Media>;
const fresh = { force: false };

interface Media {
  /** 64 KiB each. */
  small: string;
  used: string;
  journals: string;
  /** Room for two files and one further name. */
  links: string;
  readOnly: string;
}

/** They live in a mount namespace of their own and vanish with the process that made it. */
const { media, holder, refusal } = await mountMedia();
const onMedia = media === null ? test.skip : test;
if (refusal !== null) {
  console.warn(`tests of full and read-only media are skipped: ${refusal}`);
}
test.beforeEach((t) => {
  if (media !== null) t.context = media;
});
test.after.always(() => holder.stdin?.end());

onMedia('a full medium refuses the second file, and the first does not appear either', async (t) => {
  const { small } = t.context;
  const files = [
    { path: join(small, 'a.byok'), bytes: Buffer.alloc(1000) },
    { path: join(small, 'a.manifest.json'), bytes: Buffer.alloc(200_000) },
  ];
  for (const options of [fresh, { force: true }]) {
    await t.throwsAsync(writeOutputs(files, options), {
      code: 'OUTPUT_NOT_WRITABLE',
      message: /no space left.*ENOSPC/,
    });
    t.deepEqual(readdirSync(small), []);
  }
});

onMedia('with force a full medium keeps the earlier content of every file', async (t) => {
  const folder = t.context.used;
  for (const name of ['a', 'b']) writeFileSync(join(folder, name), `old ${name}`);
  const files = [
    { path: join(folder, 'a'), bytes: Buffer.from('new a') },
    { path: join(folder, 'b'), bytes: Buffer.alloc(200_000) },
  ];
  await t.throwsAsync(writeOutputs(files, { force: true }), { code: 'OUTPUT_NOT_WRITABLE' });
  t.deepEqual(
    readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')),
    ['old a', 'old b'],
  );
});

onMedia(
  'when the last of two files cannot get its name, the first one, which had it already, is removed',
  async (t) => {
    const { links } = t.context;
    const files = ['a.byok', 'a.manifest.json'].map((name) => ({ path: join(links, name), bytes: Buffer.from(name) }));
    await t.throwsAsync(writeOutputs(files, fresh), {
      code: 'OUTPUT_NOT_WRITABLE',
      message: /a\.manifest\.json.*ENOSPC/,
    });
    t.deepEqual(readdirSync(links), []);
    await writeOutputs(files.slice(0, 1), fresh);
    t.deepEqual(readdirSync(links), ['a.byok']);
  },
);

onMedia('an append for which there is no space is refused, and the entries before it stay readable', async (t) => {
  const path = join(t.context.journals, 'journal.jsonl');
  const journal = await openJournal(path, (value) => String(value));
  await journal.append('kept');
  await t.throwsAsync(journal.append('x'.repeat(200_000)), { code: 'OUTPUT_NOT_WRITABLE', message: /ENOSPC/ });
  await t.throwsAsync(journal.append('after'), { code: 'OUTPUT_NOT_WRITABLE' });
  t.deepEqual(journal.entries, ['kept']);
  await journal.close();
  t.is(readFileSync(path, 'utf8'), '"kept"\n');
  const again = await openJournal(path, (value) => String(value));
  await again.append('after');
  t.deepEqual(again.entries, ['kept', 'after']);
  await again.close();
});

onMedia('a read-only medium is told before and while writing', async (t) => {
  const path = join(t.context.readOnly, 'a');
  await t.throwsAsync(checkOutputs([path], fresh), { code: 'OUTPUT_NOT_WRITABLE', message: /read-only.*EROFS/ });
  await t.throwsAsync(writeOutputs([{ path, bytes: Buffer.alloc(1) }], fresh), { code: 'OUTPUT_NOT_WRITABLE' });
  await t.throwsAsync(
    openJournal(path, (value) => value),
    { code: 'OUTPUT_NOT_WRITABLE' },
  );
});

async function mountMedia(): Promise<{ media: Media | null; holder: ChildProcess; refusal: string | null }> {
  const script = `
    for place in small used journals; do
      mkdir /tmp/$place && mount -t tmpfs -o size=64k,mode=0777 tmpfs /tmp/$place || exit 1
    done
    mkdir /tmp/links && mount -t tmpfs -o nr_inodes=4,mode=0777 tmpfs /tmp/links || exit 1
    mkdir /tmp/readOnly && mount -t tmpfs -o ro tmpfs /tmp/readOnly || exit 1
    echo mounted && cat >/dev/null`;
  const inside = `mount -t tmpfs tmpfs /tmp && { ${script}
  }`;
  const holder = spawn('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', inside], { stdio: 'pipe' });
  const words = Promise.race([once(holder.stdout, 'data'), once(holder.stderr, 'data'), once(holder, 'error')]);
  const said = String((await words)[0]).trim();
  if (said !== 'mounted') return { media: null, holder, refusal: said };
  const at = (place: string) => `/proc/${holder.pid}/root/tmp/${place}`;
  const places = { small: at('small'), used: at('used'), journals: at('journals'), links: at('links') };
  return { media: { ...places, readOnly: at('readOnly') }, holder, refusal: null };
}

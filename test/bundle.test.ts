import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from './support/folder.js';
import { mustRun } from './support/programs.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A package with the launcher of a program, and builds that say which of them runs. */
function packageWith(t: ExecutionContext, name: 'import' | 'wrap') {
  const packages = privateFolder(t);
  const at = (path: string) => {
    const file = join(packages, path);
    mkdirSync(dirname(file), { recursive: true });
    return file;
  };
  const launcher = at(`${name}/bin/keyferry-${name}`);
  copyFileSync(join(root, `packages/${name}/bin/keyferry-${name}`), launcher);
  for (const build of ['dist', 'bundle']) writeFileSync(at(`${name}/${build}/main.js`), `console.log('${build}')`);
  return {
    bundle: at(`${name}/bundle/main.js`),
    /** The compiler has built a part of the program so many seconds before (-) or after the bundle was made. */
    built(part: string, seconds: number) {
      const file = at(`${part}/tsconfig.tsbuildinfo`);
      writeFileSync(file, '');
      const when = Date.now() / 1000;
      utimesSync(at(`${name}/bundle/main.js`), when, when);
      utimesSync(file, when + seconds, when + seconds);
    },
    runs: async () => (await mustRun(launcher, [])).stdout.trim(),
  };
}

for (const name of ['import', 'wrap'] as const) {
  test(`keyferry-${name} runs its bundle, unless a newer build is there or the bundle is not`, async (t) => {
    const { bundle, built, runs } = packageWith(t, name);
    t.is(await runs(), 'bundle');
    // The bundle of wrap has no errors in it: they are loaded as they were built.
    for (const part of [name, 'blob', 'files', 'terminal', ...(name === 'import' ? ['errors'] : [])]) {
      built(part, -5);
      t.is(await runs(), 'bundle', part);
      built(part, 5);
      t.is(await runs(), 'dist', part);
      built(part, -5);
    }
    rmSync(bundle);
    t.is(await runs(), 'dist');
  });
}

for (const name of ['import', 'wrap'] as const) {
  test(`the bundle of keyferry-${name} shows the same help as its build, for the program and for its commands`, async (t) => {
    const help = async (build: string, words: readonly string[]) =>
      (await mustRun(process.execPath, [join(root, `packages/${name}/${build}/main.js`), ...words, '--help'])).stdout;
    const all = await help('dist', []);
    const commands = [...all.matchAll(/^ {2}([a-z]+(?: [a-z-]+)?) {2,}/gm)].map(([, command = '']) =>
      command.split(' '),
    );
    t.true(commands.length > 6);
    // One would do to see that the layout is the same; two are of different lengths.
    for (const words of [[], ...commands.slice(0, 1), ...commands.slice(-1)]) {
      t.is(await help('bundle', words), await help('dist', words), words.join(' '));
    }
  });
}

test('keyferry-import loads Azure only to speak to a vault, and for --help nothing at all', async (t) => {
  const bundle = join(root, 'packages/import/bundle');
  const opened = async (words: readonly string[]) => {
    const log = join(privateFolder(t), 'trace');
    const program = [process.execPath, join(bundle, 'main.js'), ...words];
    await mustRun('strace', ['-f', '-qq', '-e', 'trace=openat', '-o', log, ...program]);
    const paths = readFileSync(log, 'utf8').matchAll(/"[^"]*\/bundle\/([^"/]+\.js)"/g);
    return [...new Set([...paths].map(([, file]) => file ?? ''))];
  };
  const ofAzure = (file: string) =>
    /DefaultAzureCredential|KeyVaultClient/.test(readFileSync(join(bundle, file), 'utf8'));
  t.true(readdirSync(bundle).some(ofAzure));
  t.deepEqual(await opened(['--help']), ['main.js']);
  const files = await opened(['explain', 'KEK_SIZE']);
  t.true(files.includes('program.js'));
  t.deepEqual(files.filter(ofAzure), []);
});

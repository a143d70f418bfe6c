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

test('keyferry-import --help loads nothing of Azure', async (t) => {
  const log = join(privateFolder(t), 'trace');
  const bundle = join(root, 'packages/import/bundle');
  const program = [process.execPath, join(bundle, 'main.js'), '--help'];
  await mustRun('strace', ['-f', '-qq', '-e', 'trace=openat', '-o', log, ...program]);
  const opened = [...readFileSync(log, 'utf8').matchAll(/"[^"]*\/bundle\/([^"/]+\.js)"/g)].map(
    ([, file]) => file ?? '',
  );
  t.true(opened.includes('main.js'));
  const files = readdirSync(bundle);
  const ofAzure = (file: string) =>
    /DefaultAzureCredential|KeyVaultClient/.test(readFileSync(join(bundle, file), 'utf8'));
  t.true(files.some(ofAzure));
  t.deepEqual(opened.filter(ofAzure), []);
});

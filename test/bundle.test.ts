import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { build } from 'esbuild';
import { privateFolder } from './support/folder.js';
import { mustRun } from './support/programs.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Where each program that has a bundle lives, and whose code is in the bundle; other code is loaded as it was built. */
const PROGRAMS = {
  import: [
    'packages/import',
    'packages/blob',
    'packages/files',
    'packages/terminal',
    'packages/azure',
    'packages/errors',
  ],
  wrap: ['packages/wrap', 'packages/blob', 'packages/files', 'packages/terminal', 'packages/token'],
  conformance: [
    ...['conformance', 'packages/blob', 'packages/files', 'packages/terminal', 'packages/azure', 'packages/token'],
  ],
} as const;
type Name = keyof typeof PROGRAMS;
const NAMES = Object.keys(PROGRAMS) as Name[];

/** A package with the launcher of a program, and builds that say which of them runs. */
function packageWith(t: ExecutionContext, name: Name) {
  const [folder] = PROGRAMS[name];
  const repository = privateFolder(t);
  const at = (path: string) => {
    const file = join(repository, path);
    mkdirSync(dirname(file), { recursive: true });
    return file;
  };
  const launcher = at(`${folder}/bin/keyferry-${name}`);
  copyFileSync(join(root, `${folder}/bin/keyferry-${name}`), launcher);
  for (const build of ['dist', 'bundle']) writeFileSync(at(`${folder}/${build}/main.js`), `console.log('${build}')`);
  return {
    bundle: at(`${folder}/bundle/main.js`),
    /** The compiler has built a part of the program so many seconds before (-) or after the bundle was made. */
    built(part: string, seconds: number) {
      const file = at(`${part}/tsconfig.tsbuildinfo`);
      writeFileSync(file, '');
      const when = Date.now() / 1000;
      utimesSync(at(`${folder}/bundle/main.js`), when, when);
      utimesSync(file, when + seconds, when + seconds);
    },
    runs: async () => (await mustRun(launcher, [])).stdout.trim(),
  };
}

for (const name of NAMES) {
  test(`keyferry-${name} runs its bundle, unless a newer build is there or the bundle is not`, async (t) => {
    const { bundle, built, runs } = packageWith(t, name);
    t.is(await runs(), 'bundle');
    for (const part of PROGRAMS[name]) {
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

for (const name of NAMES) {
  test(`the bundle of keyferry-${name} is made of the parts whose builds its launcher looks at`, async (t) => {
    const [folder] = PROGRAMS[name];
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: [`${folder}/dist/main.js`],
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'esm',
      external: name === 'import' ? [] : ['@keyferry/pkcs11', '@keyferry/errors'],
      logLevel: 'silent',
    });
    const parts = Object.keys(metafile.inputs).flatMap((file) => /^(.+)\/dist\//.exec(file)?.[1] ?? []);
    const ours = new Set(parts.filter((part) => !part.includes('node_modules')));
    t.deepEqual([...ours].sort(), [...PROGRAMS[name]].sort());
  });
}

for (const name of NAMES) {
  test(`the bundle of keyferry-${name} shows the same help as its build, for the program and for its commands`, async (t) => {
    const help = async (build: string, words: readonly string[]) =>
      (await mustRun(process.execPath, [join(root, PROGRAMS[name][0], build, 'main.js'), ...words, '--help'])).stdout;
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

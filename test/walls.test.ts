import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Free names that reach the network, or any module by the back door; a bound name or a text of the same spelling is none. */
const SOCKET_GLOBALS = [
  ...['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'].flatMap((name) => [
    name,
    `globalThis.${name}`,
    `global.${name}`,
  ]),
  ...['binding', '_linkedBinding', 'getBuiltinModule'].map((name) => `process.${name}`),
];
const MARK = '__reaches_a_socket__';

interface Reach {
  /** Every file of the workspace and its libraries. */
  readonly files: string[];
  /** Every module of Node, without `node:`. */
  readonly builtins: string[];
  /** Whether a global of SOCKET_GLOBALS is used anywhere. */
  readonly socketGlobal: boolean;
}

/** What can be reached from an entry, walked by a bundler. */
async function reach(entry: { file: string } | { text: string }): Promise<Reach> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    ...('file' in entry ? { entryPoints: [entry.file] } : { stdin: { contents: entry.text } }),
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    define: Object.fromEntries(SOCKET_GLOBALS.map((name) => [name, MARK])),
    loader: { '.node': 'empty' },
    logLevel: 'silent',
  });
  const builtins = Object.values(metafile.inputs)
    .flatMap((input) => input.imports)
    .filter(({ external, path }) => external && (path.startsWith('node:') || builtinModules.includes(path)))
    .map(({ path }) => path.replace(/^node:/, ''));
  return {
    files: Object.keys(metafile.inputs),
    builtins: [...new Set(builtins)].sort(),
    socketGlobal: outputFiles.some(({ text }) => text.includes(MARK)),
  };
}

/** Workspace folders that a file set touches: "packages/blob", "conformance". */
function foldersOf(files: string[]): Set<string> {
  return new Set(files.flatMap((file) => /^(packages\/[^/]+|conformance)\//.exec(file)?.[1] ?? []));
}

function libraryReached(files: string[], name: string): boolean {
  return files.some((file) => file.includes(`node_modules/${name}/`));
}

/** Every source file below a folder, tests and build products left out. */
function sourcesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|js|mjs|cjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !/(^|\/)(node_modules|dist)\//.test(file));
}

const NO_SOCKET_MODULES = [
  'assert',
  'buffer',
  'crypto',
  'events',
  'fs',
  'fs/promises',
  'module',
  'os',
  'path',
  'process',
  'readline',
  'readline/promises',
  'stream',
  'string_decoder',
  'timers/promises',
  'tty',
  'url',
  'util',
];

for (const build of ['dist', 'bundle']) {
  test(`the air gap: keyferry-wrap reaches only modules that cannot open a socket (${build})`, async (t) => {
    const { files, builtins, socketGlobal } = await reach({ file: `packages/wrap/${build}/main.js` });
    t.true(files.includes('packages/pkcs11/dist/index.js'), 'the walk must reach the HSM door');
    t.deepEqual(
      builtins.filter((name) => !NO_SOCKET_MODULES.includes(name)),
      [],
    );
    t.false(socketGlobal);
    t.false(foldersOf(files).has('packages/azure'));
    t.deepEqual(
      files.filter((file) => /node_modules\/@(azure|typespec)\//.test(file)),
      [],
    );
  });
}

test('the air gap: the same walk finds sockets where there are some', async (t) => {
  const { builtins } = await reach({ file: 'packages/import/dist/main.js' });
  t.true(builtins.includes('https'));
  for (const text of ['fetch("")', 'new globalThis.WebSocket("")', 'process.getBuiltinModule("net")']) {
    t.true((await reach({ text })).socketGlobal, text);
  }
  t.false((await reach({ text: 'console.log("fetch"); ((fetch) => fetch())()' })).socketGlobal);
});

test('the air gap: nothing that keyferry-wrap runs is loaded by a computed name', (t) => {
  for (const folder of ['wrap', 'blob', 'files', 'pkcs11', 'terminal', 'token', 'errors']) {
    for (const file of sourcesBelow(`packages/${folder}/src`)) {
      const text = readFileSync(join(root, file), 'utf8');
      t.notRegex(text, /\bcreateRequire\b|\bimport\((?!['"][^'"]+['"]\))/, file);
    }
  }
});

test('the independent judge: the vault reaches nothing of blob, and blob nothing of the judges', async (t) => {
  const vault = await reach({ file: 'packages/vault/dist/index.js' });
  t.true(foldersOf(vault.files).has('packages/pkcs11'));
  t.false(foldersOf(vault.files).has('packages/blob'));
  t.false(foldersOf(vault.files).has('conformance'));
  const blob = await reach({ file: 'packages/blob/dist/index.js' });
  t.deepEqual([...foldersOf(blob.files)].sort(), ['packages/blob', 'packages/errors']);
  t.deepEqual(
    blob.builtins.filter((name) => !['buffer', 'crypto', 'util'].includes(name)),
    [],
  );
  for (const name of ['node-forge', '@noble/ciphers', '@noble/curves']) t.false(libraryReached(blob.files, name), name);
});

test('the independent judge: the oracle stands on its own libraries', async (t) => {
  const oracle = await reach({ file: 'conformance/dist/oracle/index.js' });
  t.false(foldersOf(oracle.files).has('packages/blob'));
  t.false(foldersOf(oracle.files).has('packages/vault'));
  for (const name of ['node-forge', '@noble/ciphers', '@noble/curves'])
    t.true(libraryReached(oracle.files, name), name);
});

test('the independent judge: one file holds blob beside the oracle, to compare them, and the command that judges never reaches it', async (t) => {
  const judging = await reach({ file: 'conformance/dist/commands/blob.js' });
  t.true(judging.files.includes('conformance/dist/oracle/judge.js'));
  t.false(foldersOf(judging.files).has('packages/blob'));
  const users = sourcesBelow('conformance/src').filter((file) =>
    readFileSync(join(root, file), 'utf8').includes("'@keyferry/blob"),
  );
  t.deepEqual(users, ['conformance/src/vectors/node-engine.ts']);
});

test('the HSM door: only packages/pkcs11 speaks to pkcs11js or koffi', (t) => {
  const door = /['"](pkcs11js|koffi)(\/[^'"]*)?['"]/;
  const folders = [
    ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`),
    'conformance',
    'test',
    'scripts',
  ];
  const users = folders.flatMap(sourcesBelow).filter((file) => door.test(readFileSync(join(root, file), 'utf8')));
  const outside = users.filter((file) => !file.startsWith('packages/pkcs11/') && file !== 'test/walls.test.ts');
  t.deepEqual(outside, []);
  t.true(users.some((file) => file.startsWith('packages/pkcs11/src/')));
});

test('the HSM door: the bundle of keyferry-wrap goes through it, with one class of errors', async (t) => {
  const { files } = await reach({ file: 'packages/wrap/bundle/main.js' });
  const folders = foldersOf(files);
  t.deepEqual([...folders].sort(), ['packages/errors', 'packages/pkcs11', 'packages/wrap']);
  const bundled = files.filter((file) => file.startsWith('packages/wrap/'));
  t.true(bundled.every((file) => file.startsWith('packages/wrap/bundle/')));
  for (const file of bundled)
    t.notRegex(readFileSync(join(root, file), 'utf8'), /pkcs11js|koffi|class KeyferryError/, file);
});

test('the HSM door: koffi, which could call anything, is used in one file, for the module that was named', (t) => {
  const sources = sourcesBelow('packages/pkcs11/src').map(
    (file) => [file, readFileSync(join(root, file), 'utf8')] as const,
  );
  const users = sources.filter(([, text]) => /['"]koffi(\/[^'"]*)?['"]/.test(text));
  t.deepEqual(
    users.map(([file]) => file),
    ['packages/pkcs11/src/foreign-calls.ts'],
  );
  const loads = users.flatMap(([, text]) => text.match(/\b(?:koffi\.load|koffi\.call|\.symbol|\.func)\([^,)]*/g) ?? []);
  t.deepEqual(loads, ['koffi.load(path', ".func('C_GetFunctionList'"]);
});

test('the service door: only packages/azure loads the libraries of Azure; others name their types', (t) => {
  const loads = /^import (?!type )[^;]*['"]@(azure|typespec)\/|\bimport\(['"]@(azure|typespec)\//m;
  const folders = [...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/src`), 'conformance/src'];
  const users = folders.flatMap(sourcesBelow).filter((file) => loads.test(readFileSync(join(root, file), 'utf8')));
  t.deepEqual(
    users.sort(),
    ['exchange', 'login', 'open-client'].map((name) => `packages/azure/src/${name}.ts`),
  );
});

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const LAYERS: Record<string, number> = {
  '@keyferry/errors': 0,
  '@keyferry/blob': 1,
  '@keyferry/files': 1,
  '@keyferry/pkcs11': 1,
  '@keyferry/terminal': 1,
  '@keyferry/token': 2,
  '@keyferry/azure': 2,
  'keyferry-wrap': 3,
  'keyferry-import': 3,
  'keyferry-vault': 3,
  'keyferry-conformance': 3,
};

test('imports point only downwards, and the compiler holds the same direction', (t) => {
  const folders = [...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`), 'conformance'];
  t.is(folders.length, Object.keys(LAYERS).length);
  for (const folder of folders) {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
    const own = LAYERS[manifest.name];
    if (own === undefined) return t.fail(`${manifest.name} has no layer`);
    const below = Object.keys(manifest.dependencies ?? {}).filter((name) => name in LAYERS);
    for (const name of below) t.true((LAYERS[name] ?? 9) < own, `${manifest.name} -> ${name}`);
    const config = JSON.parse(readFileSync(join(root, folder, 'tsconfig.json'), 'utf8')) as {
      references?: { path: string }[];
    };
    const references = (config.references ?? []).map(({ path }) => `@keyferry/${path.split('/').at(-1)}`);
    t.deepEqual(references.sort(), below.sort(), manifest.name);
    const declared = { ...manifest.dependencies, ...manifest.devDependencies };
    for (const file of sourcesBelow(`${folder}/src`)) {
      const text = readFileSync(join(root, file), 'utf8');
      for (const [, name] of text.matchAll(/from '(@keyferry\/[^'/]+|keyferry-[^'/]+)/g)) {
        t.true(name !== undefined && name in declared && below.includes(name), `${file} imports ${name}`);
      }
    }
  }
});

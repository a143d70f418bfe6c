/**
 * Makes one split bundle of each program that is started often, from what tsc has built: `pnpm bundle`. Its launcher in bin/
 * runs it as long as no newer build is there. What only some commands need is in chunks that are loaded then.
 */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Azure's libraries ask for modules of Node by `require`, which an ES module does not have. */
const REQUIRE =
  'import { createRequire as __createRequire } from "node:module";const require = __createRequire(import.meta.url);';

/** They look for a form in each request, and the look alone makes Node load all of undici. No request here has one. */
const define = { FormData: 'undefined' };

/** pkcs11 loads a compiled addon from beside itself, and errors must be the same class for it and for the bundle. */
const external = ['@keyferry/pkcs11', '@keyferry/errors'];

const PROGRAMS = [
  { folder: 'packages/import', banner: { js: REQUIRE }, define },
  { folder: 'packages/wrap', external },
  {
    folder: 'conformance',
    banner: { js: REQUIRE },
    define,
    external,
    // What the program starts as a thread or a process of its own.
    started: { worker: 'dist/vectors/worker.js', holder: 'dist/module/holder.js' },
  },
];

/** What libraries bring along and nothing here uses, in place of its files. */
const LEFT_OUT = [
  // Messages of zod in 40 languages.
  [/zod\/v4\/locales\/index\.js$/, 'export {};'],
  // A description of each request for a tracer, which nobody here has, and which is thrown away then.
  [
    /core-rest-pipeline\/dist\/esm\/policies\/tracingPolicy\.js$/,
    'export const tracingPolicyName = "tracingPolicy";' +
      'export const tracingPolicy = () => ({ name: tracingPolicyName, sendRequest: (request, next) => next(request) });',
  ],
  // How wide text is that is not ASCII; its patterns take yargs half of its time to load. Help is ASCII.
  [/node_modules\/string-width\/index\.js$/, 'export default (text) => text.length;'],
];
const leaveOut = {
  name: 'leave-out',
  setup({ onLoad }) {
    for (const [filter, contents] of LEFT_OUT) onLoad({ filter }, () => ({ contents, loader: 'js' }));
  },
};

/** The help of a program is the same each time: it is shown without loading anything. All else is in program.js. */
function entry(help) {
  return `
    const [first, second] = process.argv.slice(2);
    if ((first === '--help' || first === '-h') && second === undefined) {
      process.stdout.on('error', () => {});
      process.stdout.write(${JSON.stringify(help)});
    } else {
      await import('./program.js');
    }`;
}

for (const { folder, started = {}, ...options } of PROGRAMS) {
  const program = `${folder}/dist/main.js`;
  // Beside dist: both find the package.json of their program in the folder above.
  const outdir = `${folder}/bundle`;
  rmSync(`${root}/${outdir}`, { recursive: true, force: true });
  const paths = Object.fromEntries(Object.entries(started).map(([name, path]) => [name, `${folder}/${path}`]));
  const common = { absWorkingDir: root, format: 'esm', platform: 'node', target: 'node20.19', logLevel: 'warning' };
  await build({
    ...common,
    ...options,
    entryPoints: { program, ...paths },
    outdir,
    bundle: true,
    splitting: true,
    plugins: [leaveOut],
    minifySyntax: true,
    minifyWhitespace: true,
  });
  const help = execFileSync(process.execPath, [program, '--help'], { cwd: root, encoding: 'utf8' });
  // Written last: a launcher takes a bundle without it for none.
  await build({ ...common, stdin: { contents: entry(help) }, outfile: `${outdir}/main.js` });
}

/**
 * Makes one split bundle of each program that is started often, from what tsc has built: `pnpm bundle`. Its launcher in bin/
 * runs it as long as no newer build is there. What only some commands need is in chunks that are loaded then.
 */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Azure's libraries ask for modules of Node by `require`, which an ES module does not have. */
const REQUIRE =
  'import { createRequire as __createRequire } from "node:module";const require = __createRequire(import.meta.url);';

const PROGRAMS = [
  { folder: 'packages/import', banner: { js: REQUIRE }, external: [] },
  // pkcs11 loads a compiled addon from beside itself, and errors must be the same class for it and for the bundle.
  { folder: 'packages/wrap', banner: {}, external: ['@keyferry/pkcs11', '@keyferry/errors'] },
];

/** zod brings its messages in 40 languages; nothing here asks for one of them. */
const WITHOUT_LOCALES = {
  name: 'without-locales',
  setup({ onLoad }) {
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({ contents: 'export {};', loader: 'js' }));
  },
};

for (const { folder, banner, external } of PROGRAMS) {
  // Beside dist: both find the package.json of their program in the folder above.
  const outdir = `${folder}/bundle`;
  rmSync(`${root}/${outdir}`, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: [`${folder}/dist/main.js`],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    banner,
    external,
    plugins: [WITHOUT_LOCALES],
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'warning',
  });
}

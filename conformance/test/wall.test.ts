import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';

const source = new URL('../src/', import.meta.url);
/** Every folder that judges, names faults or makes blobs for the judge. */
const FOLDERS = ['oracle', 'diagnosis', 'diagnosis/table', 'making', 'making/fault'];
/** The oracle stands on nothing of the others. */
const ORACLE = /^(\.\/[a-z0-9-]+\.js|@keyferry\/errors|node-forge|@noble\/(ciphers|curves)\/[a-z0-9]+\.js)$/;
const allowed =
  /^((\.\.?\/)+([a-z]+\/)*[a-z0-9-]+\.js|@keyferry\/errors|node-forge|@noble\/(ciphers|curves)\/[a-z0-9]+\.js)$/;

for (const folder of FOLDERS) {
  test(`${folder} imports the libraries of the judge, its own files and the errors, and nothing else`, (t) => {
    const files = readdirSync(new URL(`${folder}/`, source)).filter((file) => file.endsWith('.ts'));
    t.true(files.length > 0);
    for (const file of files) {
      const text = readFileSync(new URL(`${folder}/${file}`, source), 'utf8');
      for (const [, name = ''] of text.matchAll(/^(?:import|export|\}) ?.*\bfrom '([^']+)';$/gm)) {
        t.regex(name, folder === 'oracle' ? ORACLE : allowed, `${file} imports ${name}`);
      }
      t.is(text.match(/\bfrom '/g)?.length ?? 0, text.match(/^(?:import|export|\}) ?.*\bfrom '/gm)?.length ?? 0, file);
      t.notRegex(text, /\b(require|import)\s*\(|^import '|getBuiltinModule|globalThis|\bcrypto\./m, file);
    }
  });
}

import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';

const oracle = new URL('../src/oracle/', import.meta.url);
const allowed = /^(\.\/[a-z0-9-]+\.js|@keyferry\/errors|node-forge|@noble\/(ciphers|curves)\/[a-z0-9]+\.js)$/;

test('the oracle imports its own libraries, its own files and the errors, and nothing else', (t) => {
  const files = readdirSync(oracle).filter((file) => file.endsWith('.ts'));
  t.true(files.length > 20);
  for (const file of files) {
    const text = readFileSync(new URL(file, oracle), 'utf8');
    for (const [, name = ''] of text.matchAll(/^(?:import|export|\}) ?.*\bfrom '([^']+)';$/gm)) {
      t.regex(name, allowed, `${file} imports ${name}`);
    }
    t.is(text.match(/\bfrom '/g)?.length ?? 0, text.match(/^(?:import|export|\}) ?.*\bfrom '/gm)?.length ?? 0, file);
    t.notRegex(text, /\b(require|import)\s*\(|^import '|getBuiltinModule|globalThis|\bcrypto\./m, file);
  }
});

import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';

const sources = new URL('../src/', import.meta.url);
const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

/** Engine, errors and schemas: nothing that could reach a file, a network or an HSM. */
const ALLOWED = ['node:crypto', '@keyferry/errors', 'zod'];

for (const name of files) {
  const text = readFileSync(new URL(name, sources), 'utf8');

  test(`${name} imports nothing that reaches outside`, (t) => {
    const imports = Array.from(
      text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^']+)';$/gm),
      ([, from = '']) => from,
    );
    for (const imported of imports)
      t.true(/^\.\/[a-z0-9-]+\.js$/.test(imported) || ALLOWED.includes(imported), imported);
    t.notRegex(text, /^import '/m);
    t.notRegex(text, /\b(?:import|require|fetch|WebSocket|EventSource|process|eval|createRequire)\b\s*[.(]/);
  });

  test(`${name} has one subject and a name in kebab case`, (t) => {
    t.regex(name, /^[a-z0-9]+(-[a-z0-9]+)*\.ts$/);
    t.true(text.split('\n').length <= 250);
  });
}

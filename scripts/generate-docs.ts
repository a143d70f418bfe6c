/**
 * Writes the parts of docs/ that follow from the code: docs/errors.md, docs/blob-cases.md, docs/suite-cases.md and docs/schemas/. With --check nothing is written,
 * and the exit status is 1 when a file differs.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileSchemas } from '@keyferry/blob';
import { ERROR_CODES, type ErrorCode, EXIT, type ExitName } from '@keyferry/errors';
import { jsonSchemaOf } from '@keyferry/terminal';
import { adapterSchemas, program as conformance, suiteFileSchemas } from 'keyferry-conformance';
import { program as importer } from 'keyferry-import';
import { program as vault } from 'keyferry-vault';
import { program as wrap } from 'keyferry-wrap';
import { blobCasesPage } from './blob-cases-page.js';
import { suiteCasesPage } from './suite-cases-page.js';

const docs = fileURLToPath(new URL('../docs/', import.meta.url));

/** Path below docs/ -> content. */
function generated(): Map<string, string> {
  const files = new Map([
    ['errors.md', errorsPage()],
    ['blob-cases.md', blobCasesPage()],
    ['suite-cases.md', suiteCasesPage()],
  ]);
  for (const [name, schema] of Object.entries({ ...fileSchemas(), ...adapterSchemas(), ...suiteFileSchemas() }))
    files.set(`schemas/files/${name}.schema.json`, asJson(schema));
  for (const program of [wrap, importer, vault, conformance]) {
    for (const command of program.commands) {
      const { name, schema } = jsonSchemaOf(command);
      files.set(`schemas/commands/${program.name}-${name.replaceAll(' ', '-')}.schema.json`, asJson(schema));
    }
  }
  return files;
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function errorsPage(): string {
  const lines = [
    '# Errors',
    '',
    'Every error is three lines: `error[CODE]`, `cause`, `hint`. The same text for a code comes from `explain CODE` of each',
    'program, without a network. This page is generated from the table in `packages/errors` by `scripts/generate-docs.ts`.',
    '',
  ];
  for (const exit of Object.keys(EXIT) as ExitName[]) {
    const codes = (Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) => ERROR_CODES[code].exit === exit).sort();
    if (codes.length === 0) continue;
    lines.push(`## Exit ${EXIT[exit]}: ${exit}`, '');
    for (const code of codes) {
      const { title, why, mend } = ERROR_CODES[code];
      lines.push(`### ${code}`, '', `What: ${title}.`, '', `Why: ${why}`, '', `Mend: ${mend}.`, '');
    }
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

function differing(files: Map<string, string>): string[] {
  const written = new Set([
    'errors.md',
    'blob-cases.md',
    'suite-cases.md',
    ...readdirSync(join(docs, 'schemas'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'))
      .map((name) => `schemas/${name}`),
  ]);
  const stale = [...written].filter((name) => !files.has(name));
  const changed = [...files].filter(
    ([name, text]) => !written.has(name) || readFileSync(join(docs, name), 'utf8') !== text,
  );
  return [...stale, ...changed.map(([name]) => name)];
}

const files = generated();
if (process.argv.includes('--check')) {
  const different = differing(files);
  for (const name of different) console.error(`docs/${name} does not follow from the code; run: pnpm docs`);
  process.exitCode = different.length > 0 ? 1 : 0;
} else {
  rmSync(join(docs, 'schemas'), { recursive: true, force: true });
  for (const [name, text] of files) {
    mkdirSync(dirname(join(docs, name)), { recursive: true });
    writeFileSync(join(docs, name), text);
  }
}

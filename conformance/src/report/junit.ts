import { stageOf } from '../cases.js';
import type { BlobResult, JudgedBlob } from './blob-result.js';
import { escapeMarkup } from './markup.js';

/** JUnit XML: a suite for each blob, a test case for each check. A warning is a pass with words in system-out. */
export function junitOf({ engine, kek, blobs }: BlobResult): string {
  const count = (level: string) => blobs.flatMap(({ findings }) => findings).filter((f) => f.level === level).length;
  const tests = blobs.reduce((sum, { findings }) => sum + findings.length, 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="keyferry-conformance blob" tests="${tests}" failures="${count('fail')}" skipped="${count('not-checked')}">`,
    ...blobs.flatMap((blob) =>
      suiteOf(blob, [
        ['kek', kek.thumbprint],
        ['engine', engine],
      ]),
    ),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteOf(blob: JudgedBlob, properties: readonly (readonly [name: string, value: string])[]): string[] {
  const { file, findings } = blob;
  const count = (level: string) => findings.filter((finding) => finding.level === level).length;
  const name = escapeMarkup(file);
  return [
    `  <testsuite name="${name}" tests="${findings.length}" failures="${count('fail')}" errors="0" skipped="${count('not-checked')}">`,
    '    <properties>',
    ...properties.map(([key, value]) => `      <property name="${key}" value="${escapeMarkup(value)}"/>`),
    '    </properties>',
    ...findings.flatMap((finding) => caseOf(finding, blob)),
    '  </testsuite>',
  ];
}

function caseOf({ id, level, actual, expected, clause }: JudgedBlob['findings'][number], blob: JudgedBlob): string[] {
  const start = `    <testcase classname="blob.${stageOf(id)}" name="${id}"`;
  if (level === 'pass') return [`${start}/>`];
  if (level === 'not-checked')
    return [`${start}>`, `      <skipped message="${escapeMarkup(actual)}"/>`, '    </testcase>'];
  const named = blob.diagnoses.filter(({ check }) => check === id);
  const words = [
    `found: ${actual}`,
    `expected: ${expected}`,
    `clause: ${clause}`,
    ...named.flatMap(({ id, title, cause, mend }) => [
      `diagnosis: ${id}: ${title}`,
      `likely cause: ${cause}`,
      `mend: ${mend}`,
    ]),
  ].join('\n');
  const message = escapeMarkup(named[0]?.title ?? actual);
  const body =
    level === 'fail'
      ? `<failure type="${id}" message="${message}">${escapeMarkup(words)}</failure>`
      : `<system-out>warning\n${escapeMarkup(words)}</system-out>`;
  return [`${start}>`, `      ${body}`, '    </testcase>'];
}

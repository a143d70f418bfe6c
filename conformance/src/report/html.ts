import { describeTarget } from '../oracle/index.js';
import { TOOL } from '../tool.js';
import type { BlobResult, JudgedBlob } from './blob-result.js';
import { countFindings } from './findings-table.js';
import { escapeMarkup as text } from './markup.js';

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
code { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem; border-bottom: 1px solid #8886; }
section { margin: 2rem 0; padding-left: 1rem; border-left: 0.4rem solid #2a7d2a; }
section.wrong { border-color: #b3261e; }
.fail { color: #b3261e; font-weight: bold; }
.warn { color: #946200; font-weight: bold; }
@media (prefers-color-scheme: dark) { .fail { color: #ff8a80; } .warn { color: #ffc46b; } }
.diagnosis { background: #8882; padding: 0.6rem 1rem; }
.diagnosis p { margin: 0.2rem 0; }
`;

/** One page that needs nothing else: no script, no picture, no font, no network. */
export function htmlOf({ engine, kek, blobs }: BlobResult): string {
  const wrong = blobs.filter(({ right }) => !right).length;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width">',
    '<title>Key transfer blobs, judged</title>',
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<h1>Key transfer blobs, judged</h1>',
    `<p>${blobs.length - wrong} right, ${wrong} wrong. Judged by ${TOOL.name} ${TOOL.version}, a judge for test keys only.</p>`,
    `<p>KEK: RSA ${kek.bits}, <code>${text(kek.thumbprint)}</code>. RSA by ${engine}.</p>`,
    ...blobs.flatMap(sectionOf),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function sectionOf({ file, size, right, target, findings, diagnoses }: JudgedBlob): string[] {
  const carries = target
    ? `${describeTarget(target)} <code>${text(target.thumbprint ?? `KCV ${target.kcv}`)}</code>`
    : 'could not be told';
  return [
    `<section class="${right ? 'right' : 'wrong'}">`,
    `<h2>${right ? 'Right' : 'Wrong'}: <code>${text(file)}</code></h2>`,
    `<p>${size} bytes. Target: ${carries}. ${countFindings(findings)}.</p>`,
    ...diagnoses.map(
      ({ id, title, cause, mend }) =>
        `<div class="diagnosis"><p><b>${text(title)}</b> <code>${id}</code></p>` +
        `<p>Likely cause: ${text(cause)}.</p><p>Mend: ${text(mend)}.</p></div>`,
    ),
    '<table>',
    '<thead><tr><th>Level</th><th>Check</th><th>Found</th><th>Expected</th><th>Clause</th></tr></thead>',
    '<tbody>',
    ...findings.map(
      ({ id, level, actual, expected, clause }) =>
        `<tr><td class="${level}">${level}</td><td><code>${id}</code></td><td>${text(actual)}</td>` +
        `<td>${text(expected)}</td><td>${text(clause)}</td></tr>`,
    ),
    '</tbody>',
    '</table>',
    '</section>',
  ];
}

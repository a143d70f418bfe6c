import { describeTarget } from '../oracle/index.js';
import { TOOL } from '../tool.js';
import type { BlobResult, JudgedBlob } from './blob-result.js';
import { countFindings } from './findings-table.js';
import { BASE_STYLE } from './page/base-style.js';
import { pageIn } from './page/frame.js';
import { type Markup, markup } from './page/markup.js';

const STYLE = `${BASE_STYLE}
section { margin: 2rem 0; padding-left: 1rem; border-left: 0.4rem solid var(--good); }
section.wrong { border-color: var(--bad); }
td.bad, td.warn { font-weight: 650; }
.diagnosis { background: var(--ground); padding: 0.6rem 1rem; margin: 0.5rem 0; }
.diagnosis p { margin: 0.2rem 0; }
`;

const TONES = { fail: 'bad', warn: 'warn', pass: 'passed', 'not-checked': 'soft' } as const;

/** One page that needs nothing else: no script, no picture, no font, no network. */
export function htmlOf({ engine, kek, blobs }: BlobResult): string {
  const wrong = blobs.filter(({ right }) => !right).length;
  return pageIn({
    title: 'Key transfer blobs, judged',
    style: STYLE,
    script: null,
    body: markup`<main>
<h1>Key transfer blobs, judged</h1>
<p>${blobs.length - wrong} right, ${wrong} wrong. Judged by ${TOOL.name} ${TOOL.version}, a judge for test keys only.</p>
<p>KEK: RSA ${kek.bits}, <code>${kek.thumbprint}</code>. RSA by ${engine}.</p>
${blobs.map(sectionOf)}
</main>`,
  });
}

function sectionOf({ file, size, right, target, findings, diagnoses }: JudgedBlob): Markup {
  const carries = target
    ? markup`${describeTarget(target)} <code>${target.thumbprint ?? `KCV ${target.kcv}`}</code>`
    : 'could not be told';
  return markup`<section class="${right ? 'right' : 'wrong'}">
<h2>${right ? 'Right' : 'Wrong'}: <code>${file}</code></h2>
<p>${size} bytes. Target: ${carries}. ${countFindings(findings)}.</p>
${diagnoses.map(
  ({ id, title, cause, mend }) => markup`<div class="diagnosis">
<p><b>${title}</b> <code>${id}</code></p>
<p>Likely cause: ${cause}.</p>
<p>Mend: ${mend}.</p>
</div>`,
)}
<table>
<thead><tr><th>Level</th><th>Check</th><th>Found</th><th>Expected</th><th>Clause</th></tr></thead>
<tbody>
${findings.map(
  ({ id, level, actual, expected, clause }) =>
    markup`<tr><td class="${TONES[level]}">${level}</td><td><code>${id}</code></td><td>${actual}</td><td>${expected}</td><td>${clause}</td></tr>`,
)}
</tbody>
</table>
</section>`;
}

import type { CaseOutcome, CaseResult, Results } from '../results.js';
import { filterForm } from './filter-form.js';
import { type Markup, markup } from './markup.js';
import { badge, isAgainst, SHOWN } from './outcomes.js';
import { anchorOf, groupOf } from './place.js';

const PARTS: readonly (readonly [title: string, outcomes: readonly CaseOutcome[]])[] = [
  ['Against the subject', ['crash', 'fail', 'error', 'timeout', 'xpass']],
  ['With a warning', ['warn']],
  ['Failed as expected', ['xfail']],
  ['Not judged', ['skipped', 'not-applicable']],
  ['Passed', ['pass']],
];

/** Each case once, in the order of the suite within its part; what stands against the subject comes first and unfolded. */
export function casesSection({ cases }: Results): Markup {
  return markup`<section aria-labelledby="cases">
<h2 id="cases" tabindex="-1">Cases</h2>
${filterForm(cases)}
${PARTS.map(([title, outcomes]) =>
  partOf(
    title,
    cases.filter(({ outcome }) => outcomes.includes(outcome)),
  ),
)}
${cases.length === 0 ? markup`<p>No case was run.</p>` : null}
</section>`;
}

function partOf(title: string, cases: readonly CaseResult[]): Markup {
  if (cases.length === 0) return markup``;
  return markup`<div class="part">
<h3>${title} <span class="soft">(${cases.length})</span></h3>
<ul class="cases" role="list">
${cases.map(caseItem)}
</ul>
</div>`;
}

/** The anchor stands inside the fold: a browser that is led there unfolds it by itself. */
function caseItem(result: CaseResult): Markup {
  const { id, title, level, outcome, conclusion } = result;
  const attributes = isAgainst(result) ? markup` open` : markup``;
  return markup`<li class="case" data-outcome="${outcome}" data-level="${level}" data-group="${groupOf(result)}">
<details class="${SHOWN[outcome].tone}-edge"${attributes}>
<summary>${badge(outcome)} <span class="title">${title}</span> <code class="soft">${id}</code></summary>
<div class="inside" id="${anchorOf(id)}">
${conclusion === null ? null : markup`<p><strong>${conclusion}</strong></p>`}
${reasonOf(result)}
${exceptionOf(result)}
${result.faults.map(faultBlock)}
${result.findings.filter(isGrave).map(findingBlock)}
<p>${result.why}</p>
<p class="soft">${level.toUpperCase()}. ${result.clause}. Since ${result.since}. ${result.seconds.toFixed(2)} s.</p>
${otherFindings(result)}
</div>
</details>
</li>`;
}

function reasonOf({ reason }: CaseResult): Markup | null {
  return reason === null ? null : markup`<p class="text">${reason}</p>`;
}

function exceptionOf({ exception }: CaseResult): Markup | null {
  if (exception === null) return null;
  const { reason, issue, expires, expired } = exception;
  const until = expires === null ? 'It has no end.' : expired ? `It ended on ${expires}.` : `It ends on ${expires}.`;
  return markup`<p>An exception speaks of this case: ${reason}${issue === null ? '' : ` (${issue})`}. ${until}</p>`;
}

function faultBlock({ id, title, cause, mend }: CaseResult['faults'][number]): Markup {
  return markup`<div class="fault">
<h4>${title} <code class="soft">${id}</code></h4>
<dl>
<dt>Likely cause</dt><dd>${cause}</dd>
<dt>Mend</dt><dd>${mend}</dd>
</dl>
</div>`;
}

type CaseFinding = CaseResult['findings'][number];

function isGrave({ level }: CaseFinding): boolean {
  return level === 'fail' || level === 'warn';
}

function findingBlock({ id, level, clause, expected, actual }: CaseFinding): Markup {
  return markup`<div class="finding">
<h4>${level === 'fail' ? badge('fail') : badge('warn')} <code>${id}</code></h4>
<dl>
<dt>Expected</dt><dd class="text">${expected}</dd>
<dt>Actual</dt><dd class="text">${actual}</dd>
<dt>Clause</dt><dd>${clause}</dd>
</dl>
</div>`;
}

/** The checks that passed or were not made, a line each. */
function otherFindings({ findings }: CaseResult): Markup | null {
  const others = findings.filter((finding) => !isGrave(finding));
  if (others.length === 0) return null;
  return markup`<ul class="checks" role="list">
${others.map(({ id, level, actual }) => markup`<li><span class="level">${level === 'pass' ? 'passed' : 'not checked'}</span> <code>${id}</code> ${actual}</li>`)}
</ul>`;
}

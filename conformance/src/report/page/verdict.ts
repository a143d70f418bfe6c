import type { CaseResult, Results } from '../results.js';
import { type Markup, markup } from './markup.js';
import { BY_WEIGHT, badge, isAgainst, SHOWN } from './outcomes.js';
import { anchorOf } from './place.js';
import { uncheckedOf } from './unchecked.js';
import { headlineOf } from './verdict-words.js';

/** The verdict in words, what stands against the subject, what an exception excuses, and what was not checked. */
export function verdictSection(results: Results): Markup {
  const { cases, verdict, run } = results;
  const { words, symbol, tone, told } = headlineOf(results);
  const against = BY_WEIGHT.flatMap((outcome) =>
    cases.filter((result) => isAgainst(result) && result.outcome === outcome),
  );
  const excused = cases.filter(({ outcome }) => outcome === 'xfail');
  return markup`<section aria-labelledby="verdict">
<div class="verdict ${tone}">
<h2 id="verdict"><span class="symbol" aria-hidden="true">${symbol}</span> ${words}</h2>
<p>${told}</p>
</div>
${barOf(cases)}
<div class="columns">
<div>
<h3>What stands against it</h3>
${against.length === 0 ? markup`<p>${verdict === 'conforms' ? 'Nothing in what was run.' : 'Nothing was found.'}</p>` : listOf(against)}
${excused.length === 0 ? null : markup`<h3>What an exception excuses</h3>\n${listOf(excused)}`}
${run.troubles.length === 0 ? null : troubleList(run.troubles)}
</div>
<div>
<h3>What was not checked</h3>
<ul class="plain unchecked">
${uncheckedOf(results)}
</ul>
</div>
</div>
</section>`;
}

/** A bar with a length for each outcome, and the same in words. */
function barOf(cases: readonly CaseResult[]): Markup | null {
  if (cases.length === 0) return null;
  let at = 0;
  const parts = [...BY_WEIGHT].reverse().map((outcome) => {
    const count = cases.filter((result) => result.outcome === outcome).length;
    const width = (count * 1000) / cases.length;
    const part = { outcome, count, x: at, width };
    at += width;
    return part;
  });
  const there = parts.filter(({ count }) => count > 0);
  return markup`<figure class="bar">
<svg viewBox="0 0 1000 12" preserveAspectRatio="none" role="img" aria-label="${there.map(({ count, outcome }) => `${count} ${outcome}`).join(', ')}">
${there.map(({ outcome, x, width }) => markup`<rect class="${SHOWN[outcome].tone}" x="${x.toFixed(2)}" y="0" width="${width.toFixed(2)}" height="12"></rect>`)}
</svg>
<figcaption>
${there.map(({ outcome, count }) => markup`<span>${badge(outcome)} ${count}</span>`)}
</figcaption>
</figure>`;
}

function troubleList(troubles: readonly string[]): Markup {
  return markup`<h3>What went wrong outside the cases</h3>
<ul class="plain">
${troubles.map((trouble) => markup`<li class="text">${trouble}</li>`)}
</ul>`;
}

/** Cases with a link to what is told of each. */
function listOf(cases: readonly CaseResult[]): Markup {
  return markup`<ul class="plain links">
${cases.map(({ id, title, outcome }) => markup`<li>${badge(outcome)} <a href="#${anchorOf(id)}">${title}</a> <code class="soft">${id}</code></li>`)}
</ul>`;
}

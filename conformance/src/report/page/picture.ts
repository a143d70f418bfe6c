import type { CaseResult } from '../results.js';
import { type Markup, markup } from './markup.js';
import { BY_WEIGHT, SHOWN, tally } from './outcomes.js';
import { anchorOf, byGroup } from './place.js';

/** All cases at one look: those of the matrix as the matrix, the others by group. Each field leads to its case. */
export function pictureSections(cases: readonly CaseResult[]): Markup[] {
  const inMatrix = cases.filter(hasCell);
  const others = cases.filter((result) => !hasCell(result));
  return [
    ...(inMatrix.length === 0 ? [] : [matrixSection(inMatrix)]),
    ...(others.length === 0 ? [] : [groupsSection(others, inMatrix.length > 0)]),
  ];
}

type Placed = CaseResult & { readonly cell: NonNullable<CaseResult['cell']> };

function hasCell(result: CaseResult): result is Placed {
  return result.cell !== null;
}

function matrixSection(cases: readonly Placed[]): Markup {
  const keks = [...new Set(cases.map(({ cell }) => cell.kek))];
  const targets = [...new Set(cases.map(({ cell }) => cell.target))];
  const at = (kek: string, target: string) => cases.filter(({ cell }) => cell.kek === kek && cell.target === target);
  return markup`<section aria-labelledby="matrix">
<h2 id="matrix">KEK and target</h2>
<div class="wide" role="region" aria-labelledby="matrix" tabindex="0">
<table class="matrix">
<caption>What came of each target key (down) under each KEK (across). A field leads to its case.</caption>
<thead><tr><th scope="col">Target</th>${keks.map((kek) => markup`<th scope="col">${kek}</th>`)}</tr></thead>
<tbody>
${targets.map((target) => markup`<tr><th scope="row">${target}</th>${keks.map((kek) => fieldOf(at(kek, target)))}</tr>`)}
</tbody>
</table>
</div>
</section>`;
}

/** The heaviest outcome first; a field without a case says so. */
function fieldOf(cases: readonly Placed[]): Markup {
  const sorted = [...cases].sort((a, b) => BY_WEIGHT.indexOf(a.outcome) - BY_WEIGHT.indexOf(b.outcome));
  const [heaviest] = sorted;
  if (heaviest === undefined) return markup`<td class="no-case">no case</td>`;
  return markup`<td class="${SHOWN[heaviest.outcome].tone}">${sorted.map((result) => {
    const { symbol, tone } = SHOWN[result.outcome];
    return markup`<a class="${tone}" href="#${anchorOf(result.id)}" title="${result.title}"><span aria-hidden="true">${symbol}</span> <span class="word">${result.outcome}</span></a>`;
  })}</td>`;
}

function groupsSection(cases: readonly CaseResult[], besideMatrix: boolean): Markup {
  return markup`<section aria-labelledby="groups">
<h2 id="groups">${besideMatrix ? 'The other cases, by group' : 'The cases, by group'}</h2>
<table class="groups">
<caption>One field a case; a field leads to its case.</caption>
<thead><tr><th scope="col">Group</th><th scope="col">Cases</th><th scope="col">Outcomes</th></tr></thead>
<tbody>
${[...byGroup(cases)].map(
  ([group, those]) =>
    markup`<tr><th scope="row"><code>${group}</code></th><td class="tiles">${those.map(tileOf)}</td><td>${tally(those)}</td></tr>`,
)}
</tbody>
</table>
</section>`;
}

function tileOf({ id, title, outcome }: CaseResult): Markup {
  const { symbol, tone } = SHOWN[outcome];
  return markup`<a class="tile ${tone}" href="#${anchorOf(id)}" title="${outcome}: ${title}"><span aria-hidden="true">${symbol}</span><span class="out-of-sight">${outcome}: ${title}</span></a>`;
}

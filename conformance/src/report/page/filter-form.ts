import type { CaseResult } from '../results.js';
import { type Markup, markup } from './markup.js';
import { BY_WEIGHT, badge } from './outcomes.js';
import { byGroup } from './place.js';

/** Hidden until the script shows it: without the script all cases are there. */
export function filterForm(cases: readonly CaseResult[]): Markup {
  const outcomes = BY_WEIGHT.filter((outcome) => cases.some((result) => result.outcome === outcome));
  const levels = (['must', 'should', 'may'] as const).filter((level) => cases.some((result) => result.level === level));
  return markup`<form id="filters" role="search" aria-label="Filter the cases" hidden>
<fieldset>
<legend>Outcome</legend>
${outcomes.map((outcome) => markup`<label class="choice"><input type="checkbox" name="outcome" value="${outcome}" checked> ${badge(outcome)}</label>`)}
</fieldset>
<div class="fields">
${[
  selectOf('level', 'Level', levels),
  selectOf('group', 'Group', [...byGroup(cases).keys()]),
  markup`<label class="field">Text<input type="search" name="text" autocomplete="off" spellcheck="false"></label>`,
]}
</div>
<p class="actions">
<output id="count" aria-live="polite"></output>
<span>
<button type="button" id="unfold">Unfold</button>
<button type="button" id="fold">Fold</button>
<button type="button" id="all">Show all</button>
</span>
</p>
</form>`;
}

function selectOf(name: string, label: string, values: readonly string[]): Markup {
  return markup`<label class="field">${label}<select name="${name}">
<option value="">all</option>
${values.map((value) => markup`<option value="${`is ${value}`}">${value}</option>`)}
</select></label>`;
}

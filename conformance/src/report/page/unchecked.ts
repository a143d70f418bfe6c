import type { CaseResult, Results } from '../results.js';
import { type Markup, markup } from './markup.js';
import { counted } from './outcomes.js';
import { anchorOf, grouped } from './place.js';

/** One entry for each thing that this run leaves open, the widest first. */
export function uncheckedOf(results: Results): Markup[] {
  const { cases, suite } = results;
  return [
    ...casesNotRun(results),
    ...casesByReason(cases, 'skipped', 'could not be put to it'),
    ...casesByReason(cases, 'not-applicable', 'not applicable'),
    ...checksNotMade(cases),
    ...(suite.vectorsSha256 === null ? [markup`<li>The published test vectors were not at hand.</li>`] : []),
    markup`<li class="soft">What no case of this suite asks. That nothing was found does not prove that there is nothing.</li>`,
  ];
}

function casesNotRun({ run, cases }: Results): Markup[] {
  const { shards, selected, interrupted, suiteCases } = run;
  const reasons = [
    ...(interrupted ? [markup`The run was ended before all its cases were run.`] : []),
    ...(shards !== null && shards.indexes.length < shards.of
      ? [markup`The run had only part ${shards.indexes.join(', ')} of ${shards.of}.`]
      : []),
    ...(selected.length > 0
      ? [markup`Only these were selected: ${selected.map((pattern) => markup`<code>${pattern}</code>`)}.`]
      : []),
  ];
  const missing = suiteCases - cases.length;
  if (reasons.length === 0 && missing <= 0) return [];
  return [
    markup`<li><strong>${counted(missing, 'case')} of the ${suiteCases} of the suite ${missing === 1 ? 'was' : 'were'} not run.</strong> ${reasons}</li>`,
  ];
}

function casesByReason(cases: readonly CaseResult[], outcome: CaseResult['outcome'], words: string): Markup[] {
  const reasons = grouped(
    cases.filter((result) => result.outcome === outcome),
    ({ reason }) => reason ?? 'no reason is given',
  );
  return [...reasons].map(
    ([reason, those]) => markup`<li>${counted(those.length, 'case')} ${words}: ${reason}${foldedLinks(those)}</li>`,
  );
}

/** The checks that were left open within cases that came to a verdict, those with one reason together. */
function checksNotMade(cases: readonly CaseResult[]): Markup[] {
  const open = cases.flatMap((result) =>
    result.findings.filter(({ level }) => level === 'not-checked').map((finding) => ({ result, finding })),
  );
  return [...grouped(open, ({ finding }) => finding.actual)].map(([reason, those]) => {
    const ids = [...new Set(those.map(({ finding }) => finding.id))];
    const where = [...new Set(those.map(({ result }) => result))];
    const [what, list] =
      ids.length === 1
        ? [markup`<code>${ids.join()}</code>`, []]
        : [markup`${counted(ids.length, 'check')}`, ids.map((id) => markup`<li><code>${id}</code></li>`)];
    return markup`<li>${what} in ${counted(where.length, 'case')}: ${reason}${foldedLinks(where, list)}</li>`;
  });
}

function foldedLinks(cases: readonly CaseResult[], before: readonly Markup[] = []): Markup {
  return markup`
<details><summary>which</summary>
<ul class="plain">
${before}${cases.map(({ id }) => markup`<li><a href="#${anchorOf(id)}"><code>${id}</code></a></li>`)}
</ul>
</details>`;
}

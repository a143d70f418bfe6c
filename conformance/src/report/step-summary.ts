import { printable } from '@keyferry/terminal';
import { type CaseResult, OUTCOMES, type Results } from './results.js';
import { nameOf } from './results-text.js';
import { shortWords } from './words-of-case.js';

/** Rows of the table; GitHub takes 1 MiB a step, and nobody reads more. */
const MOST_ROWS = 50;

/** A short summary in GitHub's Markdown: the verdict, the counts, and the cases that stand against the subject. */
export function summaryOf({ subject, verdict, counts, cases, run }: Results): string {
  const against = cases.filter(({ outcome }) => ['fail', 'xpass', 'error', 'timeout', 'crash'].includes(outcome));
  const outcomes = OUTCOMES.filter((outcome) => counts[outcome] > 0).map((outcome) => `${counts[outcome]} ${outcome}`);
  const part = cases.length < run.suiteCases ? [`${cases.length} of ${run.suiteCases} cases`] : [];
  return [
    `### ${cell(nameOf(subject))}: ${verdict}`,
    '',
    [...outcomes, ...part, `--seed ${run.seed}`].join(' · '),
    '',
    ...(against.length === 0
      ? []
      : ['| Outcome | Case | Found |', '| --- | --- | --- |', ...against.slice(0, MOST_ROWS).map(row), '']),
    ...(against.length > MOST_ROWS ? [`and ${against.length - MOST_ROWS} more`, ''] : []),
    ...run.troubles.map((trouble) => `- trouble: ${cell(trouble)}`),
    ...(run.troubles.length > 0 ? [''] : []),
  ].join('\n');
}

function row(result: CaseResult): string {
  return `| ${result.outcome} | ${cell(result.id)} | ${cell(shortWords(result))} |`;
}

/** One line of text that is nothing but text: every character that Markdown or HTML could take for a mark is a reference. */
function cell(text: string): string {
  return printable(text)
    .slice(0, 500)
    .replaceAll(/[^\p{L}\p{N} ,;./-]/gu, (mark) => `&#${mark.codePointAt(0)};`);
}

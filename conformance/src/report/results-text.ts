import { printable } from '@keyferry/terminal';
import { type CaseResult, OUTCOMES, type Results } from './results.js';
import { wordsOfException } from './words-of-case.js';

/** What is printed without --json: the cases that did not simply pass, and on the last line the verdict. */
export function textOfResults(results: Results): string {
  const { cases, run } = results;
  const troubles = run.troubles.map((trouble) => `trouble   ${trouble}`);
  return [...cases.flatMap(linesOfCase), ...troubles, verdictLine(results)].map(printable).join('\n');
}

/** Such as `libsofthsm2.so 2.6.1: does not conform (1 fail, 20 pass; 21 of 80 cases; --seed 7)`. */
export function verdictLine({ subject, verdict, counts, cases, run }: Results): string {
  const outcomes = OUTCOMES.filter((outcome) => counts[outcome] > 0).map((outcome) => `${counts[outcome]} ${outcome}`);
  const facts = [
    outcomes.join(', '),
    ...(cases.length < run.suiteCases ? [`${cases.length} of ${run.suiteCases} cases`] : []),
    ...(run.interrupted ? ['interrupted'] : []),
    `--seed ${run.seed}`,
  ];
  return `${nameOf(subject)}: ${verdict} (${facts.filter(Boolean).join('; ')})`;
}

/** Name and version of what was judged. */
export function nameOf({ name, version }: Results['subject']): string {
  return version === null ? name : `${name} ${version}`;
}

function linesOfCase({ id, title, outcome, conclusion, reason, findings, faults, exception }: CaseResult): string[] {
  const told = outcome !== 'pass' && outcome !== 'not-applicable';
  const expired = exception?.expired
    ? [`${INDENT}its exception ended with ${exception.expires}: ${exception.reason}`]
    : [];
  if (!told) return expired.length === 0 ? [] : [`${outcome.padEnd(8)}  ${id}: ${title}`, ...expired];
  return [
    `${outcome.padEnd(8)}  ${id}: ${[title, conclusion].filter(Boolean).join(': ')}`,
    ...(reason === null ? [] : [`${INDENT}${reason}`]),
    ...(outcome === 'xfail' ? [`${INDENT}accepted: ${exception === null ? '' : wordsOfException(exception)}`] : []),
    ...(outcome === 'xpass'
      ? [`${INDENT}expected to fail: ${exception === null ? '' : wordsOfException(exception)}`]
      : []),
    ...expired,
    ...findings
      .filter(({ level }) => level === 'fail' || level === 'warn')
      .flatMap(({ level, id, actual, expected, clause }) => [
        `${INDENT}${level}  ${id}: ${actual}`,
        `${INDENT}      expected: ${expected} (${clause})`,
      ]),
    ...faults.flatMap(({ id, title, cause, mend }) => [
      `${INDENT}diagnosis: ${id}: ${title}`,
      `${INDENT}      likely cause: ${cause}`,
      `${INDENT}      mend: ${mend}`,
    ]),
  ];
}

const INDENT = '    ';

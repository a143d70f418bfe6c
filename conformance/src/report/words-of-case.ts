import type { CaseResult } from './results.js';

/** All that is to be said of a case that did not simply pass, a line each: for reports without a form of their own for it. */
export function wordsOfCase({
  title,
  clause,
  why,
  conclusion,
  reason,
  findings,
  faults,
  exception,
}: CaseResult): string[] {
  return [
    `case: ${title}`,
    `clause: ${clause}`,
    `why: ${why}`,
    ...(conclusion === null ? [] : [`conclusion: ${conclusion}`]),
    ...(reason === null ? [] : [`reason: ${reason}`]),
    ...findings
      .filter(({ level }) => level === 'fail' || level === 'warn')
      .flatMap(({ level, id, actual, expected, clause }) => [
        `${level}: ${id}`,
        `  found: ${actual}`,
        `  expected: ${expected}`,
        `  clause: ${clause}`,
      ]),
    ...faults.flatMap(({ id, title, cause, mend }) => [
      `diagnosis: ${id}: ${title}`,
      `  likely cause: ${cause}`,
      `  mend: ${mend}`,
    ]),
    ...(exception === null
      ? []
      : [`exception${exception.expired ? ' (expired)' : ''}: ${wordsOfException(exception)}`]),
  ];
}

/** Such as `the firmware is old (issue 42, until 2027-06-30)`. */
export function wordsOfException({ reason, issue, expires }: NonNullable<CaseResult['exception']>): string {
  const facts = [...(issue === null ? [] : [`issue ${issue}`]), ...(expires === null ? [] : [`until ${expires}`])];
  return facts.length === 0 ? reason : `${reason} (${facts.join(', ')})`;
}

/** Why a case stands as it stands, in one line: its reason, else what the first finding against it found. */
export function shortWords({ outcome, title, reason, findings }: CaseResult): string {
  if (outcome === 'xpass') return 'it was expected to fail, and passed';
  const level = outcome === 'warn' ? 'warn' : 'fail';
  return reason ?? findings.find((finding) => finding.level === level)?.actual ?? title;
}

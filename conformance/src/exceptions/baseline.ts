import { printable, printableJson } from '@keyferry/terminal';
import type { CaseResult, Results } from '../report/results.js';
import { REASON_TO_BE_WRITTEN } from './format.js';

/**
 * A file for --expect with what failed in these results. What an exception covered keeps its reason, issue and day; to all else,
 * also to what an expired one spoke of, a person must write the reason. JSON strings are strings of YAML as well.
 */
export function baselineOf({ subject, run, cases }: Results): string {
  const failed = cases.filter(isAccepted);
  const lines = [
    `# What failed in ${printable(subject.name)} ${printable(subject.version ?? '')}`.trimEnd(),
    `# on ${run.startedAt.slice(0, 10)}, for --expect. Write at each entry why its failure is accepted: as long as the reason`,
    '# is still to be written, --expect refuses the file. An entry may also have the issue that tracks it (issue: 42) and the last',
    `# day on which it holds (expires: ${nextYear(run.startedAt)}).`,
    ...failed.flatMap(entryOf),
  ];
  return `${[...lines, ...(failed.length === 0 ? ['[]'] : [])].join('\n')}\n`;
}

/** What an exception may cover. */
function isAccepted({ outcome }: CaseResult): boolean {
  return ['fail', 'crash', 'timeout', 'xfail'].includes(outcome);
}

function entryOf({ id, outcome, reason, findings, exception }: CaseResult): string[] {
  const holds = exception !== null && outcome === 'xfail' ? exception : null;
  const wrong = findings.filter(({ level }) => level === 'fail').map((finding) => finding.id);
  return [
    '',
    `# ${outcome}: ${printable(reason ?? wrong.join(', '))}`,
    `- id: ${printableJson(id)}`,
    `  reason: ${printableJson(holds?.reason ?? REASON_TO_BE_WRITTEN)}`,
    ...(holds?.issue ? [`  issue: ${printableJson(holds.issue)}`] : []),
    ...(holds?.expires ? [`  expires: ${holds.expires}`] : []),
  ];
}

function nextYear(startedAt: string): string {
  return `${Number(startedAt.slice(0, 4)) + 1}-06-30`;
}

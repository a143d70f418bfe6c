import { printable, printableJson } from '@keyferry/terminal';
import type { CaseResult, Results } from './results.js';
import { nameOf } from './results-text.js';
import { shortWords, wordsOfException } from './words-of-case.js';

/**
 * TAP version 14: a test point for each case, with a YAML block where there is something to say. What is not applicable or was
 * skipped is SKIP, an accepted failure TODO; an unexpected pass is not ok, since a TODO that is ok would pass. A run that was
 * interrupted or had troubles ends with Bail out.
 */
export function tapOf(results: Results): string {
  const { suite, subject, run, cases, verdict } = results;
  const lines = [
    'TAP version 14',
    `# ${printable(`${suite.name} ${suite.version}, ${subject.kind} ${nameOf(subject)}, --seed ${run.seed}`)}`,
    cases.length === 0 ? '1..0 # SKIP no case was run' : `1..${cases.length}`,
    ...cases.flatMap((result, index) => [testPoint(result, index + 1), ...yamlBlock(result)]),
    ...run.troubles.map((trouble) => `# trouble: ${printable(trouble)}`),
    `# ${verdict}`,
    ...(verdict === 'incomplete' ? [`Bail out! ${run.interrupted ? 'interrupted' : 'the run had troubles'}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function testPoint(result: CaseResult, number: number): string {
  const { id, title, outcome, reason, exception } = result;
  const ok = ['pass', 'warn', 'not-applicable', 'skipped'].includes(outcome);
  const point = `${ok ? 'ok' : 'not ok'} ${number} - ${escaped(`${id}: ${title}`)}`;
  if (outcome === 'not-applicable' || outcome === 'skipped')
    return `${point} # SKIP ${escaped(reason ?? '')}`.trimEnd();
  if (outcome === 'xfail')
    return `${point} # TODO ${escaped(exception === null ? '' : wordsOfException(exception))}`.trimEnd();
  return point;
}

/** Values in the form of JSON, which is YAML. */
function yamlBlock(result: CaseResult): string[] {
  const { outcome, clause, why, conclusion, seconds, findings, faults, exception } = result;
  if (outcome === 'pass' && exception === null) return [];
  const against = findings.filter(({ level }) => level === 'fail' || level === 'warn');
  const members = {
    outcome,
    message: shortWords(result),
    ...(conclusion === null ? {} : { conclusion }),
    clause,
    why,
    duration_ms: Math.round(seconds * 1000),
    ...(against.length === 0 ? {} : { findings: against }),
    ...(faults.length === 0 ? {} : { faults }),
    ...(exception === null ? {} : { exception }),
  };
  return ['  ---', ...Object.entries(members).map(([name, value]) => `  ${name}: ${printableJson(value)}`), '  ...'];
}

/** A description or a reason: on one line, and a # begins no directive (TAP 14, Escaping). */
function escaped(text: string): string {
  return printable(text).replaceAll('\\', '\\\\').replaceAll('#', '\\#');
}

import { escapeMarkup } from './markup.js';
import type { CaseResult, Results } from './results.js';
import { nameOf } from './results-text.js';
import { shortWords, wordsOfCase, wordsOfException } from './words-of-case.js';

/**
 * JUnit XML as GitHub's actions, GitLab, Azure Pipelines and Jenkins read it: a suite for each group of cases, in the order of the
 * suite. A warning passes with words in system-out, an accepted failure is skipped, an unexpected pass fails. A run that was
 * interrupted or had troubles has one test case more, which is an error: else what is missing could not be seen.
 */
export function junitOfResults(results: Results): string {
  const { cases, run, suite, subject } = results;
  const groups = [...groupedBy(cases, groupOf), ...(results.verdict === 'incomplete' ? [INCOMPLETE] : [])];
  const elements = groups.map(([, members]) => members.map((member) => testCaseOf(member, results)));
  const properties = [
    ['suite', `${suite.name} ${suite.version}`],
    ['vectors-sha256', suite.vectorsSha256 ?? 'not installed'],
    ['subject', nameOf(subject)],
    ['subject-sha256', subject.sha256 ?? 'none'],
    ...Object.entries(subject.features).map(([name, value]) => [`feature: ${name}`, value] as const),
    ['seed', String(run.seed)],
    ['verdict', results.verdict],
  ] as const;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: `${suite.name} ${subject.kind}`, ...countsOf(elements.flat()) })}>`,
    ...groups.flatMap(([group], index) => [
      `  <testsuite${attributes({ name: group, ...countsOf(elements[index] ?? []), timestamp: run.startedAt.slice(0, 19) })}>`,
      '    <properties>',
      ...properties.map(([name, value]) => `      <property${attributes({ name, value })}/>`),
      '    </properties>',
      ...(elements[index] ?? []).map(({ xml }) => xml),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
}

type Sort = 'passed' | 'failures' | 'errors' | 'skipped';

interface TestCase {
  readonly sort: Sort;
  readonly seconds: number;
  readonly xml: string;
}

const INCOMPLETE = ['run', [null]] as const;

/** Null is the run itself. */
function testCaseOf(found: CaseResult | null, { run }: Results): TestCase {
  if (found === null) {
    const words = [...(run.interrupted ? ['the run was interrupted'] : []), ...run.troubles];
    return testCase('errors', { classname: 'run', name: 'run/complete', seconds: 0 }, [
      element('error', { type: 'incomplete', message: words[0] ?? '' }, words),
    ]);
  }
  const { id, outcome, seconds, reason, exception } = found;
  const place = { classname: groupOf(found).replaceAll('/', '.'), name: id, seconds };
  const message = shortWords(found);
  switch (outcome) {
    case 'pass':
      return testCase('passed', place, []);
    case 'warn':
      return testCase('passed', place, [element('system-out', {}, wordsOfCase(found))]);
    case 'not-applicable':
    case 'skipped':
      return testCase('skipped', place, [`<skipped${attributes({ message: `${outcome}: ${reason ?? ''}` })}/>`]);
    case 'xfail': {
      const accepted = exception === null ? '' : wordsOfException(exception);
      return testCase('skipped', place, [
        `<skipped${attributes({ message: `known failure: ${accepted}` })}/>`,
        element('system-out', {}, wordsOfCase(found)),
      ]);
    }
    case 'fail':
    case 'xpass':
      return testCase('failures', place, [element('failure', { type: outcome, message }, wordsOfCase(found))]);
    case 'error':
    case 'timeout':
    case 'crash':
      return testCase('errors', place, [element('error', { type: outcome, message }, wordsOfCase(found))]);
  }
}

function testCase(
  sort: Sort,
  { seconds, ...place }: { classname: string; name: string; seconds: number },
  inside: readonly string[],
): TestCase {
  const start = `    <testcase${attributes({ ...place, time: seconds.toFixed(3) })}`;
  const xml =
    inside.length === 0
      ? `${start}/>`
      : [`${start}>`, ...inside.map((line) => `      ${line}`), '    </testcase>'].join('\n');
  return { sort, seconds, xml };
}

function element(name: string, values: Readonly<Record<string, string>>, words: readonly string[]): string {
  return `<${name}${attributes(values)}>${escapeMarkup(words.join('\n'))}</${name}>`;
}

function countsOf(found: readonly TestCase[]): Readonly<Record<string, string>> {
  const count = (sort: Sort) => String(found.filter((one) => one.sort === sort).length);
  const seconds = found.reduce((sum, one) => sum + one.seconds, 0);
  return {
    tests: String(found.length),
    failures: count('failures'),
    errors: count('errors'),
    skipped: count('skipped'),
    time: seconds.toFixed(3),
  };
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeMarkup(value).replaceAll('\t', '&#9;').replaceAll('\n', '&#10;')}"`)
    .join('');
}

/** The first two words of the id: `producer/wrap`. */
function groupOf({ id }: CaseResult): string {
  return id.split('/', 2).join('/');
}

function groupedBy<T>(values: readonly T[], keyOf: (value: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return [...groups];
}

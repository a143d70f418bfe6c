import { printable } from '@keyferry/blob';

/** What the doctor looks at, in the order of its report. */
export const SUBJECTS = {
  machine: 'THIS MACHINE',
  kek: 'KEK',
  module: 'MODULE',
  token: 'TOKEN',
  mechanisms: 'MECHANISMS, AS THE TOKEN LISTS THEM',
  temporary: 'TEMPORARY KEYS',
  wrapping: 'WRAPPING, AS TRIED WITH THROWAWAY KEYS',
  trust: 'RULES OF TRUST',
  key: 'THE KEY',
} as const;
export type Subject = keyof typeof SUBJECTS;

/** `problem`: a wrap would fail, or must not be done. `not-checked`: nobody knows. */
export const LEVELS = ['ok', 'warning', 'problem', 'not-checked'] as const;
export type Level = (typeof LEVELS)[number];

/** One thing that was looked at. */
export interface Finding {
  /** Subject and name, such as `token/pin`; never changes its meaning. */
  readonly id: `${Subject}/${string}`;
  readonly level: Level;
  /** One line for people, safe to print. */
  readonly text: string;
  /** What to do, or whom to ask. */
  readonly hint?: string;
}

export const ok = finding('ok');
export const warning = finding('warning');
export const problem = finding('problem');
export const notChecked = finding('not-checked');

/** Labels, serial numbers and file names come from outside. */
function finding(level: Level) {
  return (id: Finding['id'], text: string, hint?: string): Finding => ({
    id,
    level,
    text: printable(text),
    ...(hint === undefined ? {} : { hint: printable(hint) }),
  });
}

export const VERDICTS = ['READY', 'READY WITH WARNINGS', 'NOT READY'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Only what is known to be wrong makes it NOT READY. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  const has = (level: Level) => findings.some((each) => each.level === level);
  if (has('problem')) return 'NOT READY';
  return has('warning') ? 'READY WITH WARNINGS' : 'READY';
}

const SHOWN: Readonly<Record<Level, string>> = {
  ok: 'ok',
  warning: 'WARNING',
  problem: 'PROBLEM',
  'not-checked': 'not checked',
};
const MARGIN = ' '.repeat(15);

/** The findings by subject, a line each, with their hints below. */
export function findingLines(findings: readonly Finding[]): string[] {
  return (Object.keys(SUBJECTS) as Subject[]).flatMap((subject) => {
    const own = findings.filter(({ id }) => id.startsWith(`${subject}/`));
    if (own.length === 0) return [];
    return [
      SUBJECTS[subject],
      ...own.flatMap(({ level, text, hint }) => [
        `  ${SHOWN[level].padEnd(MARGIN.length - 2)}${text}`,
        ...(hint === undefined ? [] : [`${MARGIN}-> ${hint}`]),
      ]),
    ];
  });
}

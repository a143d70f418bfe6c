import { type CaseOutcome, type CaseResult, OUTCOMES } from '../results.js';
import { type Markup, markup } from './markup.js';

interface Shown {
  /** It tells the outcomes apart where there are no colours. */
  readonly symbol: string;
  /** A class of the base style. */
  readonly tone: 'good' | 'bad' | 'warn' | 'odd' | 'none';
  /** Whether it alone keeps a subject from conforming. */
  readonly against: boolean;
  readonly meaning: string;
}

export const SHOWN: Readonly<Record<CaseOutcome, Shown>> = {
  pass: { symbol: '\u2713', tone: 'good', against: false, meaning: 'every check of the case that was made passed' },
  warn: { symbol: '!', tone: 'warn', against: false, meaning: 'right, with something that deserves attention' },
  fail: { symbol: '\u2717', tone: 'bad', against: true, meaning: 'at least one check failed' },
  xfail: { symbol: '\u2248', tone: 'odd', against: false, meaning: 'failed, as an exception to the suite expects' },
  xpass: { symbol: '\u2260', tone: 'bad', against: true, meaning: 'did not fail although an exception expects it to' },
  'not-applicable': {
    symbol: '\u2013',
    tone: 'none',
    against: false,
    meaning: 'does not concern the subject, by what it says of itself or by its construction',
  },
  skipped: {
    symbol: '\u25cb',
    tone: 'none',
    against: false,
    meaning: 'concerns the subject, and could not be put to it here',
  },
  error: {
    symbol: '?',
    tone: 'bad',
    against: true,
    meaning: 'no verdict: the suite could not run the case to its end',
  },
  timeout: { symbol: '\u25d4', tone: 'bad', against: true, meaning: 'no verdict: the subject did not end in time' },
  crash: {
    symbol: '\u2297',
    tone: 'bad',
    against: true,
    meaning: 'the subject ended in a way that its contract does not allow',
  },
};

/** From what weighs most to what weighs least. */
export const BY_WEIGHT: readonly CaseOutcome[] = [
  'crash',
  'fail',
  'error',
  'timeout',
  'xpass',
  'warn',
  'xfail',
  'skipped',
  'not-applicable',
  'pass',
];

export function isAgainst({ outcome }: CaseResult): boolean {
  return SHOWN[outcome].against;
}

/** Such as `3 fail, 1 crash`, heaviest first. */
export function tally(cases: readonly CaseResult[]): string {
  return BY_WEIGHT.map((outcome) => [cases.filter((result) => result.outcome === outcome).length, outcome] as const)
    .filter(([count]) => count > 0)
    .map(([count, outcome]) => `${count} ${outcome}`)
    .join(', ');
}

/** Such as `1 case`, `2 cases`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** What each symbol and word means. */
export function outcomesSection(): Markup {
  return markup`<section aria-labelledby="outcomes">
<h2 id="outcomes">What the outcomes mean</h2>
<dl class="meanings">
${OUTCOMES.map((outcome) => markup`<div><dt>${badge(outcome)}</dt><dd>${SHOWN[outcome].meaning}${SHOWN[outcome].against ? '; stands against the subject' : ''}</dd></div>`)}
</dl>
</section>`;
}

/** Symbol and word. */
export function badge(outcome: CaseOutcome): Markup {
  const { symbol, tone } = SHOWN[outcome];
  return markup`<span class="badge ${tone}"><span aria-hidden="true">${symbol}</span> ${outcome}</span>`;
}

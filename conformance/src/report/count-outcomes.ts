import { OUTCOMES, type Results } from './results.js';

/** How many cases had each outcome. */
export function countOutcomes(cases: Results['cases']): Results['counts'] {
  return Object.fromEntries(
    OUTCOMES.map((outcome) => [outcome, cases.filter((result) => result.outcome === outcome).length]),
  ) as Results['counts'];
}

/** What the outcomes come to, of a run that may have been interrupted or had troubles. */
export function verdictOf(
  counts: Results['counts'],
  { interrupted, troubles }: Pick<Results['run'], 'interrupted' | 'troubles'>,
): Results['verdict'] {
  if (interrupted) return 'incomplete';
  if (counts.fail + counts.xpass + counts.error + counts.timeout + counts.crash > 0) return 'does not conform';
  if (troubles.length > 0) return 'incomplete';
  return counts.pass + counts.warn > 0 ? 'conforms' : 'nothing was judged';
}

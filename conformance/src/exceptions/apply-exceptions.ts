import { KeyferryError } from '@keyferry/errors';
import type { ToldCase } from '../report/results-of-run.js';
import type { RanCase } from '../runner/run-suite.js';
import { hasPattern, nearestIds } from '../runner/select.js';
import type { SuiteCase } from '../suite/suite-case.js';
import type { Exception } from './format.js';

export type ExceptionsById = ReadonlyMap<string, Exception>;

/**
 * Finds the exception of each case, among all cases of the subject: what a run leaves out by --run or --shard is no reason to
 * take an entry for unused. EXCEPTION_UNUSED for an entry that speaks of no case, EXCEPTIONS_INVALID for a case of which two
 * speak: one of them would never be missed.
 */
export function exceptionsOf(
  cases: readonly Pick<SuiteCase, 'id'>[],
  exceptions: readonly Exception[],
): ExceptionsById {
  const found = new Map<string, Exception>();
  for (const exception of exceptions) {
    const covered = cases.filter(({ id }) => hasPattern(id, exception.id));
    if (covered.length === 0) {
      const near = nearestIds(exception.id, cases);
      throw new KeyferryError('EXCEPTION_UNUSED', {
        reason: `no case of this subject is called ${exception.id}${near.length === 0 ? '' : `; the nearest are ${near.join(', ')}`}`,
        values: { id: exception.id },
      });
    }
    for (const { id } of covered) {
      const other = found.get(id);
      if (other !== undefined) {
        throw new KeyferryError('EXCEPTIONS_INVALID', {
          reason: `two entries speak of ${id}: ${other.id} and ${exception.id}`,
          hint: 'leave one entry for each case',
        });
      }
      found.set(id, exception);
    }
  }
  return found;
}

/**
 * What a case counts for with its exception, on a day (`2026-11-26`, UTC): a failure, a crash and a timeout are xfail, and a
 * case that passed, with or without a warning, is xpass, so that the entry goes. An expired exception excuses nothing, nor does
 * any an error: that is no fault of the subject's.
 */
export function excused(ran: RanCase, exceptions: ExceptionsById, today: string): ToldCase {
  const entry = exceptions.get(ran.case.id);
  if (entry === undefined) return { ran, outcome: ran.outcome, exception: null };
  const { reason, issue = null, expires = null } = entry;
  const exception = { reason, issue, expires, expired: expires !== null && expires < today };
  const outcome = outcomeWithException(ran.outcome);
  return { ran, outcome: exception.expired && outcome === 'xfail' ? ran.outcome : outcome, exception };
}

function outcomeWithException(outcome: RanCase['outcome']): ToldCase['outcome'] {
  switch (outcome) {
    case 'fail':
    case 'crash':
    case 'timeout':
      return 'xfail';
    case 'pass':
    case 'warn':
      return 'xpass';
    default:
      return outcome;
  }
}

import type { SuiteFinding, Verdict } from '../suite/verdict.js';
import type { Attempt } from './attempt.js';
import type { Endpoint } from './endpoint.js';

/** A verdict of one finding or more. */
export function judged(findings: readonly SuiteFinding[], conclusion: string | null = null): Verdict {
  return { kind: 'judged', findings, faults: [], conclusion };
}

/** One check of a case: passes when `holds`; otherwise it has the level that the case gives it. */
export function finding(
  id: string,
  { holds, clause, expected, actual }: { holds: boolean; clause: string; expected: string; actual: string },
  otherwise: 'fail' | 'warn' = 'fail',
): SuiteFinding {
  return { id: `importer/${id}`, level: holds ? 'pass' : otherwise, clause, expected, actual };
}

/** Statuses that say nothing of the request itself: nobody is logged in, or may do this, or there is nothing, or too much. */
const BESIDE_THE_POINT = [401, 403, 404, 429];

export interface RefusalWish {
  readonly clause: string;
  /** What the service should not do, such as `the blob`. */
  readonly what: string;
  /** Further statuses that are in order here. */
  readonly also?: readonly number[];
  /** What it is when it was done nevertheless. */
  readonly otherwise?: 'fail' | 'warn';
}

/** Whether a request was refused, and with a status that says that the request was wrong. */
export function refused(tried: Attempt<unknown>, { clause, what, also = [], otherwise }: RefusalWish): SuiteFinding[] {
  if (tried.done) {
    const findings = { holds: false, clause, expected: `${what} is refused`, actual: 'it was accepted' };
    return [finding('refused', findings, otherwise)];
  }
  const { status, text } = tried.refusal;
  const right = (status >= 400 && status < 500 && !BESIDE_THE_POINT.includes(status)) || also.includes(status);
  const others = BESIDE_THE_POINT.filter((code) => !also.includes(code)).join(', ');
  return [
    finding('refused', { holds: true, clause, expected: `${what} is refused`, actual: text }),
    finding('refusal-status', {
      holds: right,
      clause: 'RFC 9110 section 15.5',
      expected: `a status of 400 to 499 other than ${others}`,
      actual: text,
    }),
  ];
}

/** After a refused import the name must have exactly the versions that it had before. */
export async function noVersionLeft(
  endpoint: Endpoint,
  name: string,
  before: readonly string[],
  clause: string,
): Promise<SuiteFinding> {
  const after = await endpoint.versions(name);
  const left = after.filter((version) => !before.includes(version));
  const gone = before.filter((version) => !after.includes(version));
  const changes = [...left.map((version) => `${version} is new`), ...gone.map((version) => `${version} is gone`)];
  return finding('no-version-left', {
    holds: changes.length === 0,
    clause,
    expected: `the versions that the name had before: ${before.length}`,
    actual: changes.length === 0 ? `${after.length} as before` : changes.join(', '),
  });
}

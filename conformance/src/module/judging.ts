import type { SuiteFinding, Verdict } from '../suite/verdict.js';
import type { Attempt } from './hsm.js';

export type Conclusion = 'standard violated' | 'standard silent' | 'protects' | 'does not protect';

/** A verdict of one finding or more. */
export function judged(findings: readonly SuiteFinding[], conclusion: Conclusion | null = null): Verdict {
  const violated = findings.some(({ level }) => level === 'fail');
  return { kind: 'judged', findings, faults: [], conclusion: conclusion ?? (violated ? 'standard violated' : null) };
}

/** The module does not have what the case is about. */
export function unsupported(reason: string): Verdict {
  return { kind: 'not-applicable', reason };
}

/** A return value as reports show it: `CKR_ATTRIBUTE_READ_ONLY (0x10)`. */
export function returnedBy(attempt: Attempt<unknown>): string {
  return attempt.done ? 'CKR_OK (0x0)' : `${attempt.returned} (0x${attempt.number.toString(16)})`;
}

/** Return values that a refusal may have; another one is a warning, since the standard seldom binds the module to one. */
export interface Refusal {
  readonly id: string;
  readonly clause: string;
  /** What should be refused, such as `C_SetAttributeValue of CKA_EXTRACTABLE from false to true`. */
  readonly what: string;
  readonly numbers: readonly number[];
}

/** Passes when the call was refused with one of the numbers, warns at another one, fails when it was done. */
export function refused(attempt: Attempt<unknown>, { id, clause, what, numbers }: Refusal): SuiteFinding {
  const expected = `${what} is refused with ${numbers.map((number) => `0x${number.toString(16)}`).join(' or ')}`;
  const level = attempt.done ? 'fail' : numbers.includes(attempt.number) ? 'pass' : 'warn';
  return { id, level, clause, expected, actual: `it returned ${returnedBy(attempt)}` };
}

/** Passes when an attribute has the value that the standard gives it. */
export function attributeIs(
  name: string,
  actual: boolean | null,
  expected: boolean,
  { id, clause }: { readonly id: string; readonly clause: string },
): SuiteFinding {
  const level = actual === null ? 'not-checked' : actual === expected ? 'pass' : 'fail';
  return {
    id,
    level,
    clause,
    expected: `${name} is ${expected}`,
    actual: actual === null ? `${name} cannot be read` : `it is ${actual}`,
  };
}

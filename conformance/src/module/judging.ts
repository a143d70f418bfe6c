import { ckrName } from '@keyferry/pkcs11';
import type { SuiteFinding, Verdict } from '../suite/verdict.js';
import { type ModuleFault, namedFault } from './faults.js';
import type { Attempt } from './hsm.js';

export type Conclusion = 'standard violated' | 'standard silent' | 'protects' | 'does not protect';

interface Told {
  readonly conclusion?: Conclusion | null;
  /** The fault that a failure or a warning means, where it is known. */
  readonly fault?: ModuleFault | undefined;
}

/** A verdict of one finding or more. Where nothing is said, a failure is concluded to violate the standard. */
export function judged(findings: readonly SuiteFinding[], { conclusion = null, fault }: Told = {}): Verdict {
  const violated = findings.some(({ level }) => level === 'fail');
  const faulty = violated || findings.some(({ level }) => level === 'warn');
  return {
    kind: 'judged',
    findings,
    faults: faulty && fault !== undefined ? [namedFault(fault)] : [],
    conclusion: conclusion ?? (violated ? 'standard violated' : null),
  };
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
  const names = numbers.slice(0, 2).map((number) => ckrName(number) ?? `0x${number.toString(16)}`);
  const more = numbers.length > names.length ? ` or one of ${numbers.length - names.length} like them` : '';
  const expected = `${what} is refused with ${names.join(' or ')}${more}`;
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

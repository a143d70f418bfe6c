import { CHECK_IDS, CHECKS, type CheckId, type Subject } from './checks.js';

export type Level = 'pass' | 'fail' | 'warn' | 'not-checked';

/** What one check found. No text of it carries a byte of a key. */
export interface Finding {
  readonly id: CheckId;
  readonly level: Level;
  readonly clause: string;
  readonly expected: string;
  readonly actual: string;
}

/** Collects findings while a blob passes through the stages. A check is noted once. */
export interface Report {
  /** Notes pass or fail, and returns which. */
  check(id: CheckId, right: boolean, actual: string, expected?: string): boolean;
  warn(id: CheckId, actual: string): void;
  /** Notes that a check was not made, and why. */
  skip(id: CheckId, why: string): void;
  /** From here on the checks about `subject` belong to the list, reached or not. */
  concerns(subject: Subject): void;
  /** In the order of CHECKS; those that no stage reached are not-checked. */
  findings(): Finding[];
}

export function createReport(): Report {
  const noted = new Map<CheckId, Finding>();
  const subjects = new Set<Subject>(['every blob']);
  function note(id: CheckId, level: Level, actual: string, expected: string = CHECKS[id].expected): void {
    if (noted.has(id)) throw new Error(`${id} is noted twice`);
    noted.set(id, { id, level, clause: CHECKS[id].clause, expected, actual });
  }
  return {
    check(id, right, actual, expected) {
      note(id, right ? 'pass' : 'fail', actual, expected);
      return right;
    },
    warn: (id, actual) => note(id, 'warn', actual),
    skip: (id, why) => note(id, 'not-checked', why),
    concerns: (subject) => subjects.add(subject),
    findings() {
      for (const id of CHECK_IDS) {
        if (!noted.has(id) && subjects.has(CHECKS[id].subject)) note(id, 'not-checked', 'an earlier check failed');
      }
      return CHECK_IDS.flatMap((id) => noted.get(id) ?? []);
    },
  };
}

/** Text from a hostile file, fit for a terminal: quoted, printable ASCII, at most 100 characters of it. */
export function quote(text: string): string {
  const short = text.length > 100 ? `${text.slice(0, 100)}...` : text;
  return JSON.stringify(short).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

import type { Circumstances, Lane, Subject } from '../../src/suite/subject.js';
import type { SuiteCase } from '../../src/suite/suite-case.js';
import type { SuiteFinding, Verdict } from '../../src/suite/verdict.js';

/** What a subject does when a case is put to it. */
export type Play = (circumstances: Circumstances) => Verdict | Promise<Verdict>;

export interface PlayedSubject extends Subject {
  /** What happened, in its order: `open`, `close`, ids of cases, `end`. */
  readonly acts: readonly string[];
}

/** A subject that does what it is told, case by case. */
export function playedSubject(
  plays: Readonly<Record<string, Play>>,
  {
    mostLanes = 4,
    openLane = async () => {},
    closeLane = async () => {},
    close = async () => {},
  }: {
    readonly mostLanes?: number;
    readonly openLane?: () => Promise<void>;
    readonly closeLane?: () => Promise<void>;
    readonly close?: () => Promise<void>;
  } = {},
): PlayedSubject {
  const acts: string[] = [];
  const lane: Lane = {
    async run(id, circumstances) {
      acts.push(id);
      const play = plays[id];
      if (play === undefined) throw new Error(`no play for ${id}`);
      return play(circumstances);
    },
    async close() {
      acts.push('close');
      await closeLane();
    },
  };
  return {
    acts,
    facts: { kind: 'producer', name: 'played', version: '1.0', sha256: null, features: { oct: 'no' } },
    cases: Object.keys(plays).map(playedCase),
    mostLanes,
    async openLane() {
      acts.push('open');
      await openLane();
      return lane;
    },
    async close() {
      acts.push('end');
      await close();
    },
  };
}

export function playedCase(id: string): SuiteCase {
  const words = { title: `does ${id}`, clause: 'a clause', why: 'Because it is played.' };
  return { id, level: 'must', since: '0.1.0', cell: null, ...words };
}

export function judged(...levels: SuiteFinding['level'][]): Verdict {
  const findings = levels.map((level) => ({
    id: `played/${level}`,
    level,
    clause: 'a clause',
    expected: 'what is right',
    actual: `what is ${level}`,
  }));
  return { kind: 'judged', findings, faults: [], conclusion: null };
}

export const passes: Play = () => judged('pass');
export const fails: Play = () => judged('pass', 'fail');

/** Never ends, whatever the signal says. */
export const hangs: Play = () => new Promise(() => {});

/** Ends with its signal's reason as soon as that aborts. */
export const stopsWhenTold: Play = ({ signal }) =>
  new Promise((_, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });

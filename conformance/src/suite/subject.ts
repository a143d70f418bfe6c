import type { SuiteCase } from './suite-case.js';
import type { Verdict } from './verdict.js';

export type SubjectKind = 'producer' | 'importer' | 'module';

/** What a report says of what was judged. */
export interface SubjectFacts {
  readonly kind: SubjectKind;
  readonly name: string;
  /** As it states it; null when it states none. */
  readonly version: string | null;
  /** Of the program or library, lower-case hex; null where there is no such file. */
  readonly sha256: string | null;
  /** What it says that it can do, in the words of its kind. */
  readonly features: Readonly<Record<string, string>>;
}

/** What is judged: a BYOK tool, an endpoint or a PKCS#11 module. */
export interface Subject {
  readonly facts: SubjectFacts;
  /** In the order in which they are reported. */
  readonly cases: readonly SuiteCase[];
  /** How many lanes it bears at once. */
  readonly mostLanes: number;
  openLane(): Promise<Lane>;
  /** Takes back what the cases left; called once, also after an interruption. */
  close(): Promise<void>;
}

/** One way to the subject, on which one case after another is run. */
export interface Lane {
  /**
   * Puts one case to the subject. When `signal` aborts it stops as soon as it can, and what it started is gone. A thrown
   * SubjectCrash is the outcome `crash`, anything else thrown is the outcome `error`; after either the lane is closed.
   */
  run(id: string, circumstances: Circumstances): Promise<Verdict>;
  close(): Promise<void>;
}

export interface Circumstances {
  readonly signal: AbortSignal;
  /** 32 bits, the same for a case in each run with the same --seed, whatever else is run. */
  readonly seed: number;
}

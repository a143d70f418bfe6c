import type { SuiteCase } from '../suite/suite-case.js';
import type { Verdict } from '../suite/verdict.js';
import type { Endpoint } from './endpoint.js';
import type { SharedKeks } from './keks.js';
import type { TargetKeys } from './targets.js';

/** What a case has to work with. All keys that it makes bear names of `nameOf`, and are removed when the run ends. */
export interface Scene {
  readonly endpoint: Endpoint;
  readonly keks: SharedKeks;
  readonly targets: TargetKeys;
  readonly seed: number;
  /** A name of this run that no other case uses. */
  nameOf(words: string): string;
}

export interface ImporterCase extends Omit<SuiteCase, 'id' | 'cell' | 'since'> {
  readonly cell?: SuiteCase['cell'];
  run(scene: Scene): Promise<Verdict>;
}

/** By id. */
export type CaseTable = Readonly<Record<string, ImporterCase>>;

import type { Adapter } from './adapter.js';
import type { Capabilities, Features } from './contract.js';
import type { RunKeks } from './run-keks.js';
import type { Targets } from './targets.js';
import type { TokenCount } from './token-count.js';
import type { Witness } from './witness.js';

/** What all cases of a run share. */
export interface Scene {
  readonly capabilities: Capabilities;
  readonly features: Features;
  readonly keks: RunKeks;
  readonly targets: Targets;
  readonly count: TokenCount;
}

/** What a case is run with on one lane. */
export interface Stage extends Scene {
  readonly adapter: Adapter;
  readonly witness: Witness | null;
  /** What is cut from texts of the tool. */
  readonly secrets: readonly string[];
  /** The folder that the tool runs in, with its folder for temporary files. */
  readonly workFolder: string;
  /** What lay in it before this case. */
  readonly before: readonly string[];
  /** Of this case alone, and empty. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly seed: number;
}

import type { SuiteFinding } from '../suite/verdict.js';
import type { PublicKek } from './run-keks.js';

/** What the tool was asked to do, and how that ended. */
export interface Witnessed {
  readonly caseId: string;
  readonly did: 'wrap' | 'refuse';
  /** How many times. */
  readonly times: number;
  /** Of the key that was to be wrapped. */
  readonly target: string;
  /** That it was to be wrapped under. */
  readonly kek: PublicKek['key'];
  /** The files that came of it. */
  readonly blobs: readonly Uint8Array[];
}

/** Looks at the tool from outside while it works, by a trace of its calls to the HSM, say. Each lane has its own. */
export interface Witness {
  /** Added to the tool's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Called before the first wrap of a case: what was seen until now (keys provisioned, objects counted) does not count. */
  begin(): Promise<void>;
  /** Called after the last wrap of a case: what comes later does not count. */
  end(): Promise<void>;
  /** Called after `end`: what is to be said of it. Goes among the findings of the case. */
  findings(witnessed: Witnessed): Promise<readonly SuiteFinding[]>;
  close(): Promise<void>;
}

/** Opens the witness of one lane. `folder` is private to it, and removed when the lane is closed. */
export type OpenWitness = (folder: string) => Promise<Witness>;

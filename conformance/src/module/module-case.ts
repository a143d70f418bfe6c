import type { SuiteCase } from '../suite/suite-case.js';
import type { Verdict } from '../suite/verdict.js';
import type { Hsm } from './hsm.js';

/** A case with what it does. Its id is the key under which it stands in the table of its group. */
export interface ModuleCase extends Omit<SuiteCase, 'id' | 'cell'> {
  run(hsm: Hsm): Promise<Verdict>;
}

export type CaseTable = Readonly<Record<`module/${string}`, ModuleCase>>;

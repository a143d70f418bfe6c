import { basename, dirname, extname } from 'node:path';
import { MAX_PLAN_BYTES, type PlanEntry, readPlan } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';

export interface PlanFile {
  /** Its name without folder and ending. */
  readonly name: string;
  /** What the paths of KEKs are relative to. */
  readonly folder: string;
  readonly entries: readonly PlanEntry[];
}

/** Reads NAME.json or NAME.csv. Errors: USAGE, FILE_*, JSON_*, PLAN_INVALID. */
export async function readPlanFile(path: string): Promise<PlanFile> {
  const ending = extname(path);
  if (ending !== '.json' && ending !== '.csv') {
    throw new KeyferryError('USAGE', { reason: `expected PLAN.json or PLAN.csv, found ${path}` });
  }
  const bytes = await readBoundedFile(path, { maxBytes: MAX_PLAN_BYTES });
  return {
    name: basename(path, ending),
    folder: dirname(path),
    entries: readPlan(bytes, ending === '.json' ? 'json' : 'csv'),
  };
}

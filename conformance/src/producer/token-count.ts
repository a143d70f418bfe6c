import { SubjectCrash } from '../suite/verdict.js';
import type { Adapter } from './adapter.js';

/**
 * How many objects the tool's token has, less those that this run had it put there. All lanes ask here, so that a key which
 * one lane provisions is not taken for something that the tool left in the case of another.
 */
export interface TokenCount {
  count(adapter: Adapter, signal: AbortSignal): Promise<number>;
  /** Runs what provisions a key, and notes how many objects that made. */
  provisioning<T>(adapter: Adapter, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export function makeTokenCount(): TokenCount {
  let provisioned = 0;
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other. */
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
  return {
    count: (adapter, signal) => alone(async () => (await objectsIn(adapter, signal)) - provisioned),
    provisioning: (adapter, signal, work) =>
      alone(async () => {
        const before = await objectsIn(adapter, signal);
        const result = await work();
        provisioned += (await objectsIn(adapter, signal)) - before;
        return result;
      }),
  };
}

async function objectsIn(adapter: Adapter, signal: AbortSignal): Promise<number> {
  const { exit, stdout } = await adapter.run(['objects'], signal);
  const text = stdout.trim();
  if (exit !== 0 || !/^\d{1,9}$/.test(text))
    throw new SubjectCrash('objects prints no number, though the tool says that it does');
  return Number(text);
}

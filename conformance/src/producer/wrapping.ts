import type { SuiteFinding } from '../suite/verdict.js';
import { check, finding } from './checks.js';
import type { Stage } from './scene.js';

/** What follows CMD, in the order that the contract fixes. */
export function wrapWords(request: {
  readonly pem: string;
  readonly kid: string;
  readonly target: string;
  readonly out: string;
}): string[] {
  const { pem, kid, target, out } = request;
  return ['wrap', '--kek-pem', pem, '--kid', kid, '--target', target, '--out', out];
}

/** Counts the objects of the token before and after the work, where the tool can tell. */
export async function objectFindings(
  { adapter, capabilities, count, signal }: Stage,
  work: () => Promise<void>,
): Promise<SuiteFinding[]> {
  if (!capabilities.objects) {
    await work();
    return [finding('producer/token-objects', 'not-checked', 'the tool cannot tell how many there are')];
  }
  const before = await count.count(adapter, signal);
  await work();
  const after = await count.count(adapter, signal);
  const change = after - before;
  return [
    check(
      'producer/token-objects',
      change === 0,
      change === 0 ? 'as many' : `${Math.abs(change)} ${change > 0 ? 'more' : 'fewer'}`,
    ),
  ];
}

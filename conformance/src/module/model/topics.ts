import type fastCheck from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { Ground } from './drive.js';
import type { Flag, Step } from './step.js';

/** What a series of random sequences is about. One topic each, so that what is found first does not hide the rest. */
export interface Topic extends Ground {
  /** What must hold, for the title of the case. */
  readonly words: string;
  readonly calls: readonly Step['call'][];
  /** Flags that templates give at random. */
  readonly varies: readonly Flag[];
}

const MAKING = ['generate', 'create', 'copy', 'set'] as const;
const LEAVING = [...MAKING, 'wrap', 'read'] as const;

export const TOPICS: Readonly<Record<string, Topic>> = {
  extractable: {
    words: 'an unextractable key stays so, and does not leave',
    calls: LEAVING,
    base: { sensitive: true, wrap: true },
    varies: ['extractable'],
    looks: ['extractable'],
  },
  sensitive: {
    words: 'a sensitive key stays so, and is not read',
    calls: [...MAKING, 'read'],
    base: { extractable: true },
    varies: ['sensitive'],
    looks: ['sensitive'],
  },
  history: {
    words: 'what is told of a key was so, and nobody else tells it',
    calls: [...MAKING, 'wrap', 'unwrap'],
    base: { wrap: true, unwrap: true },
    varies: ['sensitive', 'extractable', 'alwaysSensitive', 'neverExtractable'],
    looks: ['sensitive', 'extractable', 'alwaysSensitive', 'neverExtractable'],
  },
  origin: {
    words: 'a key is told to be from inside if it is, and nobody else tells it',
    calls: [...MAKING, 'wrap', 'unwrap'],
    base: { extractable: true, wrap: true, unwrap: true },
    varies: ['local'],
    looks: ['local'],
  },
  wrap: {
    words: 'keys wrap and unwrap if they may, and what comes back is what went',
    calls: [...LEAVING, 'unwrap'],
    base: { sensitive: false, extractable: true },
    varies: ['wrap', 'unwrap'],
    looks: ['wrap', 'unwrap'],
  },
  trust: {
    words: 'a key that is bound to trusted keys leaves under no other, and no user declares one',
    calls: [...MAKING, 'wrap'],
    base: { sensitive: true, extractable: true, wrap: true },
    varies: ['wrapWithTrusted', 'trusted'],
    looks: ['wrapWithTrusted', 'trusted'],
  },
  copy: {
    words: 'a key is copied and changed if it may be',
    calls: MAKING,
    base: { sensitive: true },
    varies: ['copyable', 'modifiable', 'extractable'],
    looks: ['copyable', 'modifiable', 'extractable'],
  },
};

type FastCheck = typeof fastCheck;

/** Sequences of up to so many calls. */
export function sequences(fc: FastCheck, { calls, varies }: Topic, most: number): Arbitrary<Step[]> {
  const some = fc.record(Object.fromEntries(varies.map((flag) => [flag, fc.boolean()])), { requiredKeys: [] });
  const number = fc.nat({ max: 7 });
  const byCall = {
    generate: fc.record({ call: fc.constant('generate'), template: some }),
    create: fc.record({ call: fc.constant('create'), template: some }),
    copy: fc.record({ call: fc.constant('copy'), key: number, template: some }),
    set: fc.record({ call: fc.constant('set'), key: number, template: some }),
    wrap: fc.record({ call: fc.constant('wrap'), by: number, key: number }),
    unwrap: fc.record({ call: fc.constant('unwrap'), by: number, product: number, template: some }),
    read: fc.record({ call: fc.constant('read'), key: number }),
  } as const;
  const step = fc.oneof({ withCrossShrink: true }, ...calls.map((call) => byCall[call] as Arbitrary<Step>));
  return fc.array(step, { minLength: 1, maxLength: most, size: 'max' });
}

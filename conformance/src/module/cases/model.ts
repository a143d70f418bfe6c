import type { Verdict } from '../../suite/verdict.js';
import type { Hsm } from '../hsm.js';
import { judged } from '../judging.js';
import { type Divergence, drive } from '../model/drive.js';
import { sequences, TOPICS, type Topic } from '../model/topics.js';
import type { CaseTable, ModuleCase } from '../module-case.js';

const SEQUENCES = 200;
const LONGEST = 12;
/** Milliseconds after which no more is tried; a slow token is tried less. */
const LIMIT = 2500;

async function firstDivergence(hsm: Hsm, topic: Topic) {
  // Only a run needs it, not whoever lists the cases.
  const { default: fc } = await import('fast-check');
  const sequence = sequences(fc, topic, LONGEST);
  const found = new Map<string, Divergence>();
  const property = fc.asyncProperty(sequence, async (steps) => {
    const divergence = await drive(hsm, topic, steps);
    if (divergence !== null) found.set(JSON.stringify(steps), divergence);
    return divergence === null;
  });
  const limits = { numRuns: SEQUENCES, interruptAfterTimeLimit: LIMIT };
  const { numRuns, counterexample } = await fc.check(property, { ...limits, seed: hsm.seed | 0 });
  const shortest = counterexample?.[0] ?? null;
  return { tried: numRuns, shortest, divergence: shortest && (found.get(JSON.stringify(shortest)) ?? null) };
}

async function verdictOf(hsm: Hsm, word: string, topic: Topic): Promise<Verdict> {
  const id = `model/${word}`;
  const { tried, shortest, divergence } = await firstDivergence(hsm, topic);
  if (shortest === null || divergence === null) {
    const clause = 'PKCS#11 v3.1 sections 4 and 5';
    const actual = `${tried} random sequences, seed ${hsm.seed}, and nothing against it`;
    return judged([{ id, level: 'pass', clause, expected: topic.words, actual }]);
  }
  const again = await drive(hsm, topic, shortest);
  const actual = `${again === null ? 'once, and not again when it was repeated: ' : ''}${divergence.actual} (seed ${hsm.seed})`;
  return judged([
    { id, level: again === null ? 'warn' : 'fail', clause: divergence.clause, expected: divergence.expected, actual },
  ]);
}

/** Random sequences of calls, held against a model of the standard; the shortest that leads astray is told. */
export const MODEL_CASES: CaseTable = Object.fromEntries(
  Object.entries(TOPICS).map(([word, topic]) => [
    `module/model/${word}`,
    {
      title: `whatever is called in whatever order: ${topic.words}`,
      level: 'must',
      clause: 'PKCS#11 v3.1 sections 4 and 5',
      why: 'What protects a key against one call may be undone by two or three. Nobody thinks of every order, so they are drawn.',
      since: '0.1.0',
      run: (hsm) => verdictOf(hsm, word, topic),
    } satisfies ModuleCase,
  ]),
);

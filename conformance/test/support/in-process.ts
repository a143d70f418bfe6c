import { fileURLToPath } from 'node:url';
import { openProducer, type ProducerOptions } from '../../src/producer/open-producer.js';
import { makeRunKeks } from '../../src/producer/run-keks.js';
import { type RanCase, runCases } from '../../src/runner/run-suite.js';
import { selectCases } from '../../src/runner/select.js';

export interface Judging extends Partial<ProducerOptions> {
  readonly adapter: string;
  /** Patterns; all cases unless said. */
  readonly run?: readonly string[];
  readonly timeoutSeconds?: number;
}

/** All runs of a test file share them, since no fault of a tool shows in another run. */
const keks = makeRunKeks();

/** Puts a tool to some cases in this process, one after another. */
export async function ranCases({ run = [], timeoutSeconds = 60, ...options }: Judging): Promise<RanCase[]> {
  const unless = { env: [], features: undefined, targets: undefined, openWitness: null, keks };
  const subject = await openProducer({ ...unless, ...options });
  try {
    const cases = selectCases(subject.cases, run, null);
    const signal = new AbortController().signal;
    const limits = { timeoutSeconds, graceSeconds: 30, signal };
    const { ran } = await runCases(subject, { cases, seed: 1, jobs: 1, ...limits, onCase: () => undefined });
    return [...ran];
  } finally {
    await subject.close();
  }
}

const BROKEN = fileURLToPath(new URL('../broken/producer.mjs', import.meta.url));

/** The adapter of the tool in software that has this one fault. */
export function brokenTool(fault: string): string {
  return `'${process.execPath}' '${BROKEN}' ${fault}`;
}

/** By id of the case that did not pass: its outcome, and what failed and warned in it. */
export function against(ran: readonly RanCase[]): Record<string, string[]> {
  return Object.fromEntries(
    ran
      .filter(({ outcome }) => outcome !== 'pass' && outcome !== 'not-applicable')
      .map(({ case: { id }, outcome, verdict }) => {
        const findings = verdict?.kind === 'judged' ? verdict.findings : [];
        const told = findings.filter(({ level }) => level === 'fail' || level === 'warn');
        return [id, [outcome, ...told.map((each) => `${each.level} ${each.id}`)]];
      }),
  );
}

import type { Engine, Facts, Verdict } from './engine.js';
import type { Group, Stage, Test } from './format.js';
import { nodeEngine } from './node-engine.js';
import { oracleEngine } from './oracle-engine.js';

export const ENGINES = { node: nodeEngine, oracle: oracleEngine } as const satisfies Record<string, Engine>;
export type EngineName = keyof typeof ENGINES;

/** What an engine makes of a test that the test does not say. */
export interface Disagreement {
  readonly engine: EngineName;
  /** Such as `refused at kwp`. */
  readonly expected: string;
  readonly found: string;
}

/** Holds both engines against the tests of a group that lie between two places; by place, with what they disagree in. */
export function judgeTests(group: Group, from: number, to: number): (readonly Disagreement[])[] {
  const ways = waysOf(group).slice(from, to);
  return ways.map(({ test, facts, read }) => {
    const verdicts = { node: read(ENGINES.node), oracle: read(ENGINES.oracle) };
    const wrong = (Object.keys(ENGINES) as EngineName[]).flatMap((engine) => {
      const found = verdicts[engine];
      return isRight(test, facts, found) ? [] : [{ engine, expected: expectation(test), found: inWords(found, facts) }];
    });
    const noticed = Object.values(verdicts).some((verdict) => stageOf(verdict) === test.stage);
    if (wrong.length > 0 || noticed) return wrong;
    return [{ engine: 'oracle', expected: expectation(test), found: inWords(verdicts.oracle, facts) }];
  });
}

interface Way {
  readonly test: Test;
  /** What an engine that accepts the test must read. */
  readonly facts: Facts;
  read(engine: Engine): Verdict;
}

function waysOf(group: Group): Way[] {
  switch (group.type) {
    case 'KeyTransferBlobRead':
      return group.tests.map((test) => {
        const { kid = null, ct = null } = test;
        return { test, facts: { kid, ct }, read: (engine) => engine.readEnvelope(bytes(test.blob), group.keySize) };
      });
    case 'RsaesOaepDecrypt':
      return group.tests.map((test) => ({
        test,
        facts: { msg: test.msg },
        read: (engine) => engine.unwrapAesKey(group, bytes(test.ct)),
      }));
    case 'KeywrapTest':
      return group.tests.map((test) => ({
        test,
        facts: { msg: test.msg },
        read: (engine) => engine.unwrapTarget(bytes(test.key), bytes(test.ct)),
      }));
    case 'KeyTransferBlobOpen':
      return group.tests.map((test) => ({
        test,
        facts: { msg: spelling(test) ? null : group.msg, thumbprint: group.target.thumbprint },
        read: (engine) => engine.openBlob(group, Buffer.from(test.blob)),
      }));
    case 'TargetKeyRead':
      return group.tests.map((test) => ({
        test,
        facts: { thumbprint: group.target.thumbprint },
        read: (engine) => engine.readTarget(bytes(test.encoding), group.target.type),
      }));
  }
}

/** Whether the test spells the key in another way than the group does. */
function spelling({ stage }: Test): boolean {
  return stage === 'encoding' || stage === 'key-consistency' || stage === 'policy';
}

function isRight({ result, stage }: Test, facts: Facts, verdict: Verdict): boolean {
  if (!verdict.accepted) return result !== 'valid' && verdict.stage === stage;
  if (result === 'invalid' || different(verdict.facts, facts).length > 0) return false;
  return verdict.doubt === null || (result === 'acceptable' && verdict.doubt === stage);
}

/** Names of the facts that are not as expected. */
function different(found: Facts, expected: Facts): string[] {
  return Object.keys(expected).filter((name) => expected[name] !== null && found[name] !== expected[name]);
}

function stageOf(verdict: Verdict): Stage | null {
  return verdict.accepted ? verdict.doubt : verdict.stage;
}

function expectation({ result, stage }: Test): string {
  if (result === 'valid') return 'accepted';
  return result === 'invalid' ? `refused at ${stage}` : `refused at ${stage}, or accepted with a warning there`;
}

function inWords(verdict: Verdict, facts: Facts): string {
  if (!verdict.accepted) return `refused at ${verdict.stage}`;
  const others = different(verdict.facts, facts);
  if (others.length > 0) return `accepted with another ${others.join(', ')}`;
  return verdict.doubt === null ? 'accepted' : `accepted with a warning at ${verdict.doubt}`;
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

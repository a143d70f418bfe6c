import { createPrivateKey, createPublicKey } from 'node:crypto';
import { DIAGNOSES } from '../../conformance/src/diagnosis/diagnoses.js';
import { FAULT_IDS, FAULTS, type FaultId, makeFault } from '../../conformance/src/making/faults.js';
import { type Material, seededRandom, type TargetName } from '../../conformance/src/making/wrong-blob.js';
import type { Note, Stage, VectorTarget } from '../../conformance/src/vectors/format.js';
import type { Draft } from './draft.js';
import { describeJwk, HSM_KID, type KekSize, plaintextOf, targetOf } from './practice.js';
import { kekNumbers, publicNumbers } from './rsa.js';

/** A blob that is wrong in exactly the way of one diagnosis. */
export interface Diagnosed {
  readonly id: FaultId;
  readonly stage: Stage;
  /** The practice key that it carries, or would carry. */
  readonly name: TargetName;
  /** The key that an implementation reads which accepts the blob. */
  readonly target: VectorTarget;
  /** What was wrapped. */
  readonly plaintext: Buffer;
  /** Whether it is wrapped as it should be, so that the fault is in it alone. */
  readonly inPlaintext: boolean;
  readonly blob: Buffer;
  /** Comment, flags, result and stage of its test. */
  readonly draft: Draft;
}

/** What the service does with these is not known, or it takes some of them. */
const ACCEPTABLE: readonly FaultId[] = [
  'members/unknown',
  'members/generator',
  'base64/padding',
  'aes-size/128',
  'aes-size/192',
  'pkcs8/zero-tail',
  'pkcs8/attributes',
  'rsa/exponent-unusual',
  'rsa/exponent-large',
  'ec/compressed-point',
];

/** Where a fault shows earlier than in the check that names it. */
const EARLIER: Partial<Record<FaultId, Stage>> = {
  // No private exponent belongs to an even public one.
  'rsa/exponent-even': 'key-consistency',
  // Bytes get lost, and with them the multiple of 8.
  'base64/of-text': 'length',
};

/** One blob for each diagnosis, under a KEK of that size. */
export function diagnosedBlobs(keySize: KekSize): Diagnosed[] {
  return FAULT_IDS.map((id) => {
    const asked: TargetName[] = [];
    const material = materialFor(keySize, (name) => {
      asked.push(name);
    });
    const { target: written, wrapTarget } = FAULTS[id](material);
    const name = asked[0] ?? 'ec-p256';
    const accepted = ACCEPTABLE.includes(id);
    const plaintext = Buffer.from(written ?? plaintextOf(name));
    const stage = EARLIER[id] ?? stageOf(id);
    return {
      id,
      stage,
      name,
      target: accepted && written !== undefined && stage !== 'envelope' ? describePkcs8(plaintext) : targetOf(name),
      plaintext,
      inPlaintext: wrapTarget === undefined,
      blob: makeFault(id, material),
      draft: { comment: DIAGNOSES[id].title, flags: [id], result: accepted ? 'acceptable' : 'invalid', stage },
    };
  });
}

/** The notes of the tests of some diagnoses. */
export function diagnosisNotes(ids: readonly FaultId[]): Record<string, Note> {
  return Object.fromEntries(
    ids.map((id) => {
      const { title, cause, mend } = DIAGNOSES[id];
      return [id, { bugType: BUG_TYPES[stageOf(id)], description: title, cause, mend }];
    }),
  );
}

const BUG_TYPES: Readonly<Record<Stage, Note['bugType']>> = {
  envelope: 'FUNCTIONALITY',
  kid: 'MODIFIED_PARAMETER',
  length: 'EDGE_CASE',
  oaep: 'MODIFIED_PARAMETER',
  'aes-size': 'MODIFIED_PARAMETER',
  kwp: 'WRONG_PRIMITIVE',
  encoding: 'FUNCTIONALITY',
  'key-consistency': 'AUTH_BYPASS',
  policy: 'WEAK_PARAMS',
};

/** The second word of a check. */
function stageOf(id: FaultId): Stage {
  return DIAGNOSES[id].check.split('/')[1] as Stage;
}

function materialFor(keySize: KekSize, ask: (name: TargetName) => void): Material {
  return {
    kek: kekNumbers(keySize),
    otherKek: publicNumbers(`rsa-${keySize}`),
    kid: HSM_KID,
    target(name) {
      ask(name);
      return plaintextOf(name);
    },
    random: seededRandom(`keyferry vectors ${keySize}`),
  };
}

function describePkcs8(der: Buffer): VectorTarget {
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return describeJwk(createPublicKey(key).export({ format: 'jwk' }));
}

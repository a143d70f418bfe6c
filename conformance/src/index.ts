export type { Case } from './case/case.js';
export { CASES, diagnosesOf, stageOf } from './cases.js';
export { type DiagnosedJudgement, diagnoseBlob } from './diagnosis/diagnose.js';
export { DIAGNOSES, DIAGNOSIS_IDS, type DiagnosisId } from './diagnosis/diagnoses.js';
export type { Diagnosis } from './diagnosis/table/diagnosis.js';
export { FAULT_IDS, FAULTS, type FaultId, makeFault } from './making/faults.js';
export { type Material, makeWrongBlob, type Steps, seededRandom } from './making/wrong-blob.js';
export { withNodeEngine } from './node-engine.js';
export {
  type BlobParts,
  CHECK_IDS,
  CHECKS,
  type Check,
  type CheckId,
  describeTarget,
  type Expectation,
  type Finding,
  type Judgement,
  judgeBlob,
  judgeTargetKey,
  type Level,
  MAX_BLOB_BYTES,
  makeBlob,
  makeCiphertext,
  type OpenedBlob,
  openBlob,
  type Randomness,
  readPublicKey,
  readTestKek,
  type Subject,
  type Target,
  type TestKek,
} from './oracle/index.js';
export { adapterSchemas } from './producer/contract.js';
export { program } from './program.js';
export { SUITE_CASES } from './suite-cases.js';
export { suiteFileSchemas } from './suite-file-schemas.js';

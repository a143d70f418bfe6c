export { EVIDENCE_CHECKS, type EvidenceId } from './checks.js';
export { cutLog } from './cut-log.js';
export { evidenceNotChecked, judgeEvidence } from './judge-evidence.js';
export type { SpyLog } from './read-spy-log.js';
export { findSpy, openSpyLog, type SpyLogFile } from './spy-log-file.js';
export { spyWitness } from './spy-witness.js';
export type { JudgedTransfers } from './transfer-calls.js';

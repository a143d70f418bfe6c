import type { SuiteFinding } from '../suite/verdict.js';
import { EVIDENCE_CHECKS, type Note } from './checks.js';
import { judgeAesKey } from './judge-aes-key.js';
import { judgeKek } from './judge-kek.js';
import { judgeToken } from './judge-token.js';
import type { SpyLog } from './read-spy-log.js';
import { followCalls, type TokenHistory } from './token-history.js';
import { findTransfer, type JudgedTransfers, type TransferCalls } from './transfer-calls.js';

/**
 * Judges what a tool asked of its HSM for one blob or several, or while it refused to make one. Where the log does not
 * show one call after the other, or no call at all, nothing else is said.
 */
export function judgeEvidence(log: SpyLog, transfers: JudgedTransfers): SuiteFinding[] {
  const findings: SuiteFinding[] = [];
  const note: Note = (id, level, actual) => void findings.push({ id, level, ...EVIDENCE_CHECKS[id], actual });
  if (!judgeLog(log, transfers, note)) return findings;
  const history = followCalls(log.calls);
  const { ciphertexts, kek } = transfers;
  const found = ciphertexts.map((ciphertext) => findTransfer(history, log.calls, ciphertext, kek.modulus.length));
  for (const calls of found) {
    judgeWrapping(calls, note);
    judgeTarget(history, calls, note);
    judgeAesKey(history, calls, found, note);
    judgeKek(calls, kek, note);
  }
  judgeToken(history, log.calls, note);
  return worstOfEach(findings, ciphertexts.length);
}

/** What stands in a report that had no log to look at. */
export function evidenceNotChecked(reason: string): SuiteFinding {
  return { id: 'evidence/log', level: 'not-checked', ...EVIDENCE_CHECKS['evidence/log'], actual: reason };
}

/** True when the log is worth judging. */
function judgeLog({ calls, disorder }: SpyLog, { ciphertexts }: JudgedTransfers, note: Note): boolean {
  const [problem] = disorder;
  if (problem === 'the spy could not load the module') note('evidence/log', 'fail', problem);
  else if (problem !== undefined) note('evidence/log', 'warn', `${problem}: nothing was judged by it`);
  else if (calls.length > 0) note('evidence/log', 'pass', `${calls.length} calls`);
  else if (ciphertexts.length === 0) note('evidence/log', 'pass', 'the tool refused before it asked the HSM');
  else note('evidence/log', 'fail', 'no call went through the module that the tool was given');
  return problem === undefined && calls.length > 0;
}

function judgeWrapping({ inner, outer }: TransferCalls, note: Note): void {
  const missing = [outer === null ? 'the wrapped AES key' : '', inner === null ? 'the wrapped target key' : ''];
  const mechanisms = new Set([inner, outer].map((call) => call?.mechanism?.type));
  if (inner !== null && outer !== null) note('evidence/wrap-key-used', 'pass', `with ${[...mechanisms].join(' and ')}`);
  else note('evidence/wrap-key-used', 'fail', `no C_WrapKey gave ${missing.filter(Boolean).join(', and none ')}`);
}

function judgeTarget(history: TokenHistory, { aes, target, kek, single }: TransferCalls, note: Note): void {
  const id = 'evidence/target-wrapped-once';
  const right = single ? kek : aes;
  const other = target?.uses.find(
    (call) =>
      call.name === 'C_WrapKey' &&
      history.objectOf(call, 'hKey') === target &&
      history.objectOf(call, 'hWrappingKey') !== right,
  );
  if (target === null) note(id, 'not-checked', 'the log does not show which key is the target');
  else if (other === undefined) note(id, 'pass', 'under one key');
  else note(id, 'fail', `C_WrapKey also under the object ${other.inputs.hWrappingKey}`);
}

/** In the order of the checks. What was not found of every blob says of how many. */
function worstOfEach(findings: readonly SuiteFinding[], blobs: number): SuiteFinding[] {
  return Object.keys(EVIDENCE_CHECKS).flatMap((id) => {
    const all = findings.filter((finding) => finding.id === id);
    for (const level of ['fail', 'warn', 'not-checked', 'pass'] as const) {
      const [first, ...more] = all.filter((finding) => finding.level === level);
      if (first === undefined) continue;
      const some = level !== 'pass' && all.length === blobs && more.length + 1 < blobs;
      return [some ? { ...first, actual: `${first.actual} (in ${more.length + 1} of ${blobs} blobs)` } : first];
    }
    return [];
  });
}

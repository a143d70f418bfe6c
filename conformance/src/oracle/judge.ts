import { judgeAesKey } from './aes-key.js';
import { judgeEcKey } from './ec-key.js';
import { type Envelope, judgeEnvelope } from './envelope.js';
import { type Expectation, judgeFile, judgeTarget } from './expectation.js';
import { judgeHalves } from './halves.js';
import { judgeKid, type VaultKind } from './kid.js';
import { judgeKwp } from './kwp.js';
import type { Randomness } from './make.js';
import { judgeOaep, seedOf } from './oaep.js';
import { isAesKey, judgeOctKey } from './oct-key.js';
import { judgePkcs8 } from './pkcs8.js';
import { createReport, type Finding, type Report } from './report.js';
import { judgeRsaKey } from './rsa-key.js';
import type { Target } from './target.js';
import type { TestKek } from './test-kek.js';

export interface OpenedBlob {
  /** PKCS#8 or an AES key, not yet judged; the caller wipes it. Null where the blob does not open. */
  readonly plaintext: Uint8Array | null;
  /** Where the KEK lives; null where the kid does not say. */
  readonly home: VaultKind | null;
  /** Of the stages up to kwp; what comes after is not-checked. */
  readonly findings: readonly Finding[];
}

/** Opens a blob. Never throws: whatever keeps it from opening is a finding. */
export function openBlob(blob: Uint8Array, kek: TestKek): OpenedBlob {
  const report = createReport();
  const envelope = judgeEnvelope(blob, report);
  const home = envelope?.kid == null ? null : judgeKid(envelope.kid, report);
  const plaintext = unwrap(envelope, kek, report);
  return { plaintext, home, findings: report.findings() };
}

/**
 * What was random when a blob was made, for telling whether it was random again in the next. Null where the AES key does not
 * come out in the right way. The caller wipes both.
 */
export function randomnessOf(blob: Uint8Array, kek: TestKek): Randomness | null {
  const report = createReport();
  const envelope = judgeEnvelope(blob, report);
  const halves = envelope?.ciphertext ? judgeHalves(envelope.ciphertext, kek.bytes, report) : null;
  const aesKey = halves && judgeOaep(halves.wrappedAesKey, kek, report);
  if (!halves || !aesKey) return null;
  const encoded = kek.privateOperation(halves.wrappedAesKey);
  try {
    return { aesKey, seed: seedOf(encoded) };
  } finally {
    encoded.fill(0);
  }
}

export interface Judgement {
  /** No finding is a fail. Warnings and what was not checked may remain. */
  readonly right: boolean;
  /** What the blob carries; null where it could not be told. */
  readonly target: Target | null;
  readonly findings: readonly Finding[];
}

/** Judges a whole blob, and compares it with an expectation where there is one. Never throws. */
export function judgeBlob(blob: Uint8Array, kek: TestKek, expectation?: Expectation): Judgement {
  const report = createReport();
  if (expectation) report.concerns('expectation');

  const envelope = judgeEnvelope(blob, report);
  const home = envelope?.kid == null ? null : judgeKid(envelope.kid, report);
  if (expectation) judgeFile(blob, envelope?.kid ?? null, expectation, report);
  const plaintext = unwrap(envelope, kek, report);
  const target = plaintext && judgeAndWipe(plaintext, home, report);
  if (target && expectation) judgeTarget(target, expectation, report);

  return judgement(target, report.findings());
}

/**
 * Judges a target key without a blob around it, PKCS#8 or the bytes of an AES key: encoding, consistency, policy.
 * `home` is where its KEK lives, if that is known.
 */
export function judgeTargetKey(plaintext: Uint8Array, home: VaultKind | null = null): Judgement {
  const report = createReport();
  const target = judgeAndWipe(Uint8Array.from(plaintext), home, report);
  const ownStages = /^blob\/(encoding|key-consistency|policy)\//;
  return judgement(
    target,
    report.findings().filter(({ id }) => ownStages.test(id)),
  );
}

function judgement(target: Target | null, findings: readonly Finding[]): Judgement {
  return { right: findings.every(({ level }) => level !== 'fail'), target, findings };
}

/** The stages length, oaep, aes-size and kwp. */
function unwrap(envelope: Envelope | null, kek: TestKek, report: Report): Uint8Array | null {
  if (!envelope?.ciphertext) return null;
  const halves = judgeHalves(envelope.ciphertext, kek.bytes, report);
  const aesKey = halves && judgeOaep(halves.wrappedAesKey, kek, report);
  if (!aesKey) return null;
  try {
    return judgeAesKey(aesKey, report) ? judgeKwp(aesKey, halves.wrappedTargetKey, report) : null;
  } finally {
    aesKey.fill(0);
  }
}

/** The stages encoding, key-consistency and policy. */
function judgeAndWipe(plaintext: Uint8Array, home: VaultKind | null, report: Report): Target | null {
  try {
    if (isAesKey(plaintext)) {
      report.concerns('oct');
      return judgeOctKey(plaintext, home, report);
    }
    const pkcs8 = judgePkcs8(plaintext, report);
    if (!pkcs8) return null;
    report.concerns(pkcs8.type);
    return pkcs8.type === 'RSA' ? judgeRsaKey(pkcs8, report) : judgeEcKey(pkcs8, report);
  } finally {
    plaintext.fill(0);
  }
}

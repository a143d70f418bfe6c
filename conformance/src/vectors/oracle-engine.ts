import { judgeAesKey } from '../oracle/aes-key.js';
import { judgeEnvelope } from '../oracle/envelope.js';
import { judgeHalves } from '../oracle/halves.js';
import { type Finding, judgeTargetKey, openBlob, readTestKek, type TestKek } from '../oracle/index.js';
import { judgeKid } from '../oracle/kid.js';
import { judgeKwp } from '../oracle/kwp.js';
import { judgeOaep } from '../oracle/oaep.js';
import { createReport } from '../oracle/report.js';
import type { Engine, Facts, GroupKek, Verdict } from './engine.js';
import type { Stage } from './format.js';

/** node-forge, @noble/ciphers and @noble/curves. */
export const oracleEngine: Engine = {
  readEnvelope(blob, kekBits) {
    const report = createReport();
    const envelope = judgeEnvelope(blob, report);
    if (envelope?.kid != null) judgeKid(envelope.kid, report);
    if (envelope?.ciphertext != null) judgeHalves(envelope.ciphertext, kekBits / 8, report);
    const ct = envelope?.ciphertext == null ? null : hexOf(envelope.ciphertext);
    return verdict(report.findings(), { kid: envelope?.kid ?? null, ct });
  },

  unwrapAesKey(kek, ciphertext) {
    const report = createReport();
    const key = testKekOf(kek);
    const whole = ciphertext.length === key.bytes;
    if (!whole) report.check('blob/oaep/padding', false, `${ciphertext.length} bytes`);
    const aesKey = whole ? judgeOaep(ciphertext, key, report) : null;
    if (aesKey) judgeAesKey(aesKey, report);
    return verdict(report.findings(), { msg: aesKey && hexOf(aesKey) });
  },

  unwrapTarget(aesKey, ciphertext) {
    const report = createReport();
    const whole = ciphertext.length >= 16 && ciphertext.length % 8 === 0;
    if (!whole) report.check('blob/kwp/aiv', false, `${ciphertext.length} bytes`);
    const msg = whole ? judgeKwp(aesKey, ciphertext, report) : null;
    return verdict(report.findings(), { msg: msg && hexOf(msg) });
  },

  openBlob(kek, blob) {
    const { plaintext, home, findings } = openBlob(blob, testKekOf(kek));
    if (!plaintext) return verdict(findings, {});
    const msg = hexOf(plaintext);
    const judged = judgeTargetKey(plaintext, home);
    plaintext.fill(0);
    return verdict([...findings, ...judged.findings], { msg, thumbprint: judged.target?.thumbprint ?? null });
  },

  readTarget(encoding) {
    const { target, findings } = judgeTargetKey(encoding);
    return verdict(findings, { thumbprint: target?.thumbprint ?? null });
  },
};

/** The first fail decides; findings stand in the order of the stages. */
function verdict(findings: readonly Finding[], facts: Facts): Verdict {
  const stageOf = (level: 'fail' | 'warn') =>
    (findings.find((finding) => finding.level === level)?.id.split('/')[1] ?? null) as Stage | null;
  const stage = stageOf('fail');
  return stage === null ? { accepted: true, facts, doubt: stageOf('warn') } : { accepted: false, stage };
}

const keks = new Map<string, TestKek>();

function testKekOf({ privateKeyPem }: GroupKek): TestKek {
  const known = keks.get(privateKeyPem) ?? readTestKek(Buffer.from(privateKeyPem));
  keks.set(privateKeyPem, known);
  return known;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

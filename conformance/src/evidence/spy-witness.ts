import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { writeOutputs } from '@keyferry/files';
import { decodeUtf8, readJson } from '../oracle/index.js';
import type { OpenWitness, Witnessed } from '../producer/witness.js';
import type { SuiteFinding } from '../suite/verdict.js';
import { EVIDENCE_CHECKS } from './checks.js';
import { cutLog } from './cut-log.js';
import { judgeEvidence } from './judge-evidence.js';
import type { SpyLog } from './read-spy-log.js';
import { findSpy, openSpyLog } from './spy-log-file.js';

/** Where the calls of a case are kept that something is wrong with, without their secrets. */
export interface KeptCalls {
  /** It must exist. */
  readonly folder: string;
  /** Whether files are replaced. */
  readonly force: boolean;
}

/**
 * Lets a tool ask its HSM through pkcs11-spy, which goes before `module`, and judges what it asked. Throws SPY_NOT_FOUND,
 * MODULE_NOT_FOUND; a case, besides, FILE_* for a log that cannot be read and OUTPUT_* for calls that cannot be kept.
 */
export function spyWitness(module: string, kept: KeptCalls | null): OpenWitness {
  const spy = findSpy();
  const path = resolve(module);
  if (!existsSync(path)) throw new KeyferryError('MODULE_NOT_FOUND', { reason: `--spy ${module}: no such file` });
  return async () => {
    // Not in the folder of the lane: what stands here has PINs in it.
    const file = await openSpyLog();
    let log: SpyLog = { calls: [], disorder: [] };
    return {
      environment: { KEYFERRY_ADAPTER_MODULE: spy, PKCS11SPY: path, PKCS11SPY_OUTPUT: file.path },
      begin: () => file.clear(),
      async end() {
        log = await file.take();
      },
      async findings(witnessed) {
        const findings = findingsOf(log, witnessed);
        const wrong = findings.some(({ level }) => level === 'fail' || level === 'warn');
        if (kept !== null && wrong) await keepCalls(log, witnessed.caseId, kept);
        return findings;
      },
      close: () => file.close(),
    };
  };
}

/** In `calls-producer-wrap-kek-2048-ec-p256.txt` and the like. */
async function keepCalls(log: SpyLog, caseId: string, { folder, force }: KeptCalls): Promise<void> {
  const text = cutLog(log);
  if (text === null) return;
  await writeOutputs([{ path: join(folder, `calls-${caseId.replaceAll('/', '-')}.txt`), bytes: Buffer.from(text) }], {
    force,
  });
}

function findingsOf(log: SpyLog, { kek, blobs }: Witnessed): SuiteFinding[] {
  const bytes = (text = '') => Buffer.from(text, 'base64url');
  const ciphertexts = blobs.flatMap((blob) => ciphertextOf(blob) ?? []);
  const findings = judgeEvidence(log, { kek: { modulus: bytes(kek.n), exponent: bytes(kek.e) }, ciphertexts });
  if (blobs.length === 0 || ciphertexts.length > 0) return findings;
  const id = 'evidence/wrap-key-used';
  return [...findings, { id, level: 'not-checked', ...EVIDENCE_CHECKS[id], actual: 'the blob shows no ciphertext' }];
}

function ciphertextOf(blob: Uint8Array): Uint8Array | null {
  const json = readJson(decodeUtf8(blob)?.text ?? '');
  const text = 'value' in json ? (json.value as { readonly ciphertext?: unknown } | null)?.ciphertext : null;
  return typeof text === 'string' ? Buffer.from(text, 'base64url') : null;
}

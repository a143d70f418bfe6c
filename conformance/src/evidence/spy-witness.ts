import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { decodeUtf8, readJson } from '../oracle/index.js';
import type { OpenWitness, Witnessed } from '../producer/witness.js';
import type { SuiteFinding } from '../suite/verdict.js';
import { EVIDENCE_CHECKS } from './checks.js';
import { judgeEvidence } from './judge-evidence.js';
import type { SpyLog } from './read-spy-log.js';
import { findSpy, openSpyLog } from './spy-log-file.js';

/**
 * Lets a tool ask its HSM through pkcs11-spy, which goes before `module`, and judges what it asked. Throws SPY_NOT_FOUND,
 * MODULE_NOT_FOUND.
 */
export function spyWitness(module: string): OpenWitness {
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
      findings: async (witnessed) => findingsOf(log, witnessed),
      close: () => file.close(),
    };
  };
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

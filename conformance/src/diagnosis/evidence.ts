import { judgeEnvelope } from '../oracle/envelope.js';
import { decodeUtf8, readJson } from '../oracle/json.js';
import { judgeKwp } from '../oracle/kwp.js';
import { judgeOaep } from '../oracle/oaep.js';
import { createReport } from '../oracle/report.js';
import type { RememberingKek } from './remembering-kek.js';

/** What the search looks at: the blob, as far as the straight way opens it. */
export interface Evidence {
  readonly file: Uint8Array;
  readonly kek: RememberingKek;
  /** Without a byte order mark; null where the file is not UTF-8. */
  readonly text: string | null;
  /** Null where the file is no JSON object. */
  readonly blob: Readonly<Record<string, unknown>> | null;
  readonly header: Readonly<Record<string, unknown>>;
  /** As the straight way decodes it. */
  readonly ciphertext: Uint8Array;
  readonly first: Uint8Array;
  readonly second: Uint8Array;
  /** What RSA-OAEP gives, of any length; null where it gives nothing. */
  readonly aesKey: Uint8Array | null;
  /** What RFC 5649 gives; null where it gives nothing. */
  readonly plaintext: Uint8Array | null;
}

/** Goes the straight way once more, with a KEK that remembers it. The caller calls `wipe`. */
export function gatherEvidence(file: Uint8Array, kek: RememberingKek): { evidence: Evidence; wipe(): void } {
  const text = decodeUtf8(file)?.text ?? null;
  const json = text === null ? null : readJson(text);
  const blob = json && 'value' in json && isObject(json.value) ? json.value : null;
  const ciphertext = judgeEnvelope(file, createReport())?.ciphertext ?? new Uint8Array();
  const [first, second] = [ciphertext.subarray(0, kek.bytes), ciphertext.subarray(kek.bytes)];
  const aesKey = first.length === kek.bytes ? judgeOaep(first, kek, createReport()) : null;
  const opens = aesKey !== null && [16, 24, 32].includes(aesKey.length) && isBlocks(second);
  const plaintext = opens ? judgeKwp(aesKey, second, createReport()) : null;
  return {
    evidence: {
      file,
      kek,
      text,
      blob,
      header: blob && isObject(blob.header) ? blob.header : {},
      ciphertext,
      first,
      second,
      aesKey,
      plaintext,
    },
    wipe() {
      aesKey?.fill(0);
      plaintext?.fill(0);
    },
  };
}

/** Whether AES key unwrap can work on the bytes: whole blocks of 8 bytes, at least two. */
export function isBlocks(bytes: Uint8Array): boolean {
  return bytes.length >= 16 && bytes.length % 8 === 0;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeEcPair, makeRsaPair } from '../fresh-pair.js';
import { judgeTargetKey, type Target } from '../oracle/index.js';
import { PUBLISHED_PRACTICE_KEYS } from '../tool.js';
import type { TargetName } from './contract.js';

/** A key that protects nothing. */
export interface PracticeTarget {
  /** PKCS#8 in DER, or the bytes of an AES key. The caller wipes it. */
  readonly bytes: Buffer;
  readonly expected: Target;
  /** The numbers of the key that nobody may see. */
  readonly secrets: readonly Buffer[];
}

export async function makePracticeTarget(name: TargetName): Promise<PracticeTarget> {
  const [type, size = ''] = name.split('-');
  if (type === 'aes') {
    const bytes = randomBytes(Number(size) / 8);
    return { bytes, expected: expectedOf(bytes), secrets: [Buffer.from(bytes)] };
  }
  const privateKey = type === 'rsa' ? await rsaKey(Number(size)) : makeEcPair(NODE_CURVES[size] ?? size).privateKey;
  const bytes = privateKey.export({ type: 'pkcs8', format: 'der' });
  const { d, p, q } = privateKey.export({ format: 'jwk' });
  const secrets = [d, p, q].flatMap((number) => (number === undefined ? [] : [Buffer.from(number, 'base64url')]));
  return { bytes, expected: expectedOf(bytes), secrets };
}

/** The published one: to make another takes longer than to judge what becomes of it. */
async function rsaKey(bits: number): Promise<KeyObject> {
  try {
    return createPrivateKey(await readFile(join(PUBLISHED_PRACTICE_KEYS, `rsa-${bits}.pem`)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return (await makeRsaPair(bits)).privateKey;
  }
}

const NODE_CURVES: Readonly<Record<string, string>> = { p256: 'P-256', p384: 'P-384', p521: 'P-521' };

function expectedOf(bytes: Uint8Array): Target {
  const { target } = judgeTargetKey(bytes);
  if (target === null) throw new Error('a practice key that cannot be read');
  return target;
}

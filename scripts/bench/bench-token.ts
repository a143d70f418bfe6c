import { wholeFile } from '../../test/support/folder.js';
import { provisionToken } from '../../test/support/provision.js';
import { makeToken, type TestToken } from '../../test/support/softhsm.js';

const made = new Map<number, Promise<TestToken>>();

/**
 * A SoftHSM2 token in memory with so many RSA-2048 keys, each with its public object, made once. All are the same practice
 * key under different labels and ids: to generate ten thousand would take an hour, and the HSM does not know the difference.
 */
export function tokenWith(keys: number): Promise<TestToken> {
  const token = made.get(keys) ?? makeTokenWith(keys);
  made.set(keys, token);
  return token;
}

export function labels(keys: number): string[] {
  return Array.from({ length: keys }, (_, n) => `key ${n}`);
}

async function makeTokenWith(keys: number): Promise<TestToken> {
  const token = await makeToken(wholeFile, { label: 'bench' });
  const CHUNK = 1000; // a child process of a test may take a minute
  for (let from = 0; from < keys; from += CHUNK) {
    const some = labels(keys).slice(from, from + CHUNK);
    await provisionToken(
      token,
      some.map((label, n) => {
        const id = Buffer.alloc(4);
        id.writeUInt32BE(from + n + 1);
        return { key: 'rsa-2048', label, id };
      }),
    );
  }
  return token;
}

import { createPublicKey } from 'node:crypto';
import { ownKek } from '../node-engine.js';
import type { TestKek } from '../oracle/index.js';
import { KEK_SIZES, type KekSize } from './contract.js';
import { makeMultiPrimeKey } from './multi-prime-key.js';

/** What is handed out of a KEK. */
export interface PublicKek {
  /** A JWK without kid. */
  readonly key: Readonly<Record<string, string>>;
  readonly pem: string;
}

/** A KEK whose private part only this process has. */
export interface RunKek extends PublicKek {
  readonly kek: TestKek;
  /** The private key in PKCS#8, PEM. */
  readonly privatePem: string;
}

/** KEKs made afresh for one run, each when it or a smaller one is first asked for. */
export interface RunKeks {
  of(bits: KekSize): Promise<RunKek>;
  /** Another one of 2048 bits. */
  other(): Promise<RunKek>;
}

/** With which sizes the run may be concerned. */
export function makeRunKeks(sizes: readonly KekSize[] = KEK_SIZES): RunKeks {
  const made = new Map<string, Promise<RunKek>>();
  const remembered = (name: string, bits: number) => {
    const known = made.get(name) ?? makeKek(bits);
    made.set(name, known);
    return known;
  };
  // The matrix goes by size: while the tool works under one KEK, the larger ones are made.
  const makeLarger = async (bits: KekSize) => {
    for (const size of KEK_SIZES) if (size > bits && sizes.includes(size)) await remembered(`${size}`, size);
  };
  return {
    async of(bits) {
      const kek = await remembered(`${bits}`, bits);
      makeLarger(bits).catch(() => undefined);
      return kek;
    },
    other: () => remembered('other', 2048),
  };
}

async function makeKek(bits: number): Promise<RunKek> {
  const privateKey = await makeMultiPrimeKey(bits);
  const publicKey = createPublicKey(privateKey);
  const { kty = '', n = '', e = '' } = publicKey.export({ format: 'jwk' });
  return {
    kek: ownKek(privateKey),
    key: { kty, n, e },
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** The public part of an RSA key with these numbers, whether or not there is such a key. */
export function publicKekOf(n: bigint, e: bigint): PublicKek {
  const key = { kty: 'RSA', n: base64urlOf(n), e: base64urlOf(e) };
  return { key, pem: createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString() };
}

function base64urlOf(number: bigint): string {
  const hex = number.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url');
}

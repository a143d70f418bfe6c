import type { KeyVaultKey } from '@azure/keyvault-keys';
import type { PublicKek } from '../making/rsa-block.js';
import { toBinary, unsigned } from '../oracle/bytes.js';
import type { Endpoint } from './endpoint.js';

export const KEK_SIZES = [2048, 3072, 4096] as const;
export type KekSize = (typeof KEK_SIZES)[number];

/** A KEK in the vault, as far as blobs need it. */
export interface RunKek extends PublicKek {
  readonly shown: KeyVaultKey;
  readonly name: string;
  /** 32 hex digits. */
  readonly version: string;
  readonly kid: string;
}

/** What a KEK may differ in from a usual one. */
export interface KekWish {
  readonly size?: KekSize;
  readonly enabled?: boolean;
  readonly expiresOn?: Date;
  readonly notBefore?: Date;
}

/** An RSA-HSM key for import alone, or a further version of one. */
export async function createKek(endpoint: Endpoint, name: string, wish: KekWish = {}): Promise<RunKek> {
  const { size = 2048, ...attributes } = wish;
  return kekOf(await endpoint.createRsa(name, { hsm: true, keySize: size, keyOps: ['import'], ...attributes }));
}

/** Reads a key of the vault as a KEK, whether it is one or not. */
export function kekOf(shown: KeyVaultKey): RunKek {
  const { n, e } = shown.key ?? {};
  const { name, version = '' } = shown.properties;
  if (!n || !e || shown.id === undefined) throw new Error(`the service shows no RSA key for ${shown.name}`);
  const modulus = unsigned(toBinary(n));
  return {
    shown,
    n: modulus,
    e: unsigned(toBinary(e)),
    bytes: Math.ceil(modulus.toString(16).length / 2),
    name,
    version,
    kid: shown.id,
  };
}

/** The KEKs that many cases use: one of each size, made when it is first asked for. */
export class SharedKeks {
  readonly #endpoint: Endpoint;
  readonly #nameOf: (words: string) => string;
  readonly #made = new Map<KekSize, Promise<RunKek>>();

  constructor(endpoint: Endpoint, nameOf: (words: string) => string) {
    this.#endpoint = endpoint;
    this.#nameOf = nameOf;
  }

  /** One that could not be made is asked for again by the next case. */
  get(size: KekSize): Promise<RunKek> {
    const known = this.#made.get(size);
    if (known !== undefined) return known;
    const made = createKek(this.#endpoint, this.#nameOf(`kek-${size}`), { size });
    this.#made.set(size, made);
    made.catch(() => this.#made.delete(size));
    return made;
  }
}

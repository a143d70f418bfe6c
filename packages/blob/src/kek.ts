import type { RsaPublicJwk } from './jwk.js';
import type { Kid } from './kid.js';
import type { NotChecked } from './not-checked.js';
import type { Thumbprint } from './thumbprint.js';

/** No KEK in any form is larger: bytes. An attestation with its certificates is the largest part. */
export const MAX_KEK_BYTES = 256 * 1024;

/** What the service says about the life of the key. */
export interface KekAttributes {
  readonly enabled: boolean | null;
  /** Unix seconds from which on the key is no longer valid; null: it does not expire. */
  readonly exp: number | null;
  /** Unix seconds before which the key is not yet valid; null: no such date. */
  readonly nbf: number | null;
  /** The generation of the service's HSM, as the service writes it. */
  readonly hsmPlatform: string | null;
}

/** Our own NAME.kek.json; the output of `az keyvault key show` or of the REST API; a bare JWK; PEM or DER. */
export type KekForm = 'keyferry-kek' | 'az-key-show' | 'jwk' | 'spki';

/** The key exchange key: the public key in the vault under which a target key is wrapped. */
export interface Kek {
  readonly form: KekForm;
  readonly kid: Kid;
  /** Whether the file says the kid itself, or whoever reads it gave it beside the file. */
  readonly kidSource: 'file' | 'given';
  readonly key: RsaPublicJwk;
  /** Bit length of the modulus. */
  readonly bits: number;
  readonly thumbprint: Thumbprint;
  /** null: the form does not carry them. */
  readonly keyOps: readonly string[] | null;
  /** null: the form does not carry them. */
  readonly attributes: KekAttributes | null;
  /** As it was found; null when there is none. Nothing here looks into it. */
  readonly attestation: unknown;
  /** RFC 3339, UTC; null when the form does not say. */
  readonly fetchedAt: string | null;
  /** The program that wrote the file; null when the form does not say. */
  readonly tool: { readonly name: string; readonly version: string } | null;
  /** What this form cannot show and nobody verified. */
  readonly notChecked: readonly NotChecked[];
}

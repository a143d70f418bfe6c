import { createHash } from 'node:crypto';
import {
  type Byok,
  type Curve,
  candidateTargets,
  checkManifest,
  type Manifest,
  type PublicJwk,
  parseThumbprint,
  parseVaultUrl,
  type Receipt,
  readByok,
  readManifest,
  samePublicKey,
  type TargetType,
  type Thumbprint,
  thumbprintOf,
  type VaultAddress,
} from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { operationsFor } from './azure-names.js';
import type { ExpectedKey } from './compare.js';
import type { ImportRequest, ReleasePolicy, Tags } from './vault.js';

/** What came over the gap, unread. */
export interface ImportSources {
  /** Name of the blob's file, without its folder. */
  readonly file: string;
  readonly blob: Uint8Array;
  /** Null with --without-manifest. */
  readonly manifest: Uint8Array | null;
  /** The key that --public-key names. */
  readonly publicKey: PublicJwk | null;
  /** The allowed signers whose signature of the manifest was verified. */
  readonly signedBy: readonly string[];
}

/** What the operator decided. */
export interface ImportChoices {
  readonly vaultUrl: string;
  readonly name: string;
  /** Needed without a manifest; beside one they must be what it says. */
  readonly type: TargetType | null;
  readonly crv: Curve | null;
  readonly confirmTarget: string | null;
  readonly ops: readonly string[] | undefined;
  readonly tags: Tags;
  readonly notBefore: Date | null;
  readonly expiresOn: Date | null;
  readonly exportable: boolean;
  readonly release: ReleasePolicy | null;
}

export type ConfirmedBy = Receipt['confirmedBy'];

/** An import that nothing on this side speaks against. */
export interface ImportPlan {
  readonly vault: VaultAddress;
  readonly name: string;
  readonly blob: { readonly file: string; readonly sha256: string; readonly size: number };
  readonly byok: Byok;
  readonly manifest: Manifest | null;
  readonly expected: ExpectedKey;
  readonly confirmedBy: ConfirmedBy;
  readonly signedBy: readonly string[];
  readonly request: ImportRequest;
}

/**
 * Checks all that can be checked without the service, in this order: blob, manifest, their bond, vault, target type
 * against vault and ciphertext, operations, confirmation of the target.
 *
 * Errors of readByok, readManifest, checkManifest; VAULT_URL_INVALID, VAULT_MISMATCH, TARGET_NOT_IN_VAULT,
 * BLOB_CIPHERTEXT, USAGE, THUMBPRINT_INVALID, THUMBPRINT_MISMATCH.
 */
export function planImport(sources: ImportSources, choices: ImportChoices): ImportPlan {
  const byok = readByok(sources.blob);
  const manifest = sources.manifest === null ? null : readManifest(sources.manifest);
  if (manifest !== null) {
    checkManifest(manifest, sources.blob, byok);
  }
  const vault = vaultOf(byok, choices.vaultUrl);
  const target = manifest === null ? targetOfChoices(byok, choices) : targetOfManifest(manifest, choices);
  if (target.type === 'oct' && vault.kind !== 'managed-hsm') {
    throw new KeyferryError('TARGET_NOT_IN_VAULT', {
      reason: `expected a Managed HSM for an AES key, found the Key Vault ${vault.url}`,
    });
  }
  const keyOps = operationsFor(target.type, choices.ops);
  const { expected, confirmedBy } = confirmTarget(target, manifest, sources, choices.confirmTarget);
  const { tags, notBefore, expiresOn, exportable, release } = choices;
  return {
    vault,
    name: choices.name,
    blob: {
      file: sources.file,
      sha256: createHash('sha256').update(sources.blob).digest('hex'),
      size: sources.blob.length,
    },
    byok,
    manifest,
    expected,
    confirmedBy,
    signedBy: sources.signedBy,
    request: {
      ...{ type: target.type, crv: target.crv, keyOps, blob: sources.blob },
      ...{ notBefore, expiresOn, exportable, release, tags },
    },
  };
}

function vaultOf({ kid }: Byok, url: string): VaultAddress {
  const vault = parseVaultUrl(url);
  if (vault.url !== kid.vault.url) {
    throw new KeyferryError('VAULT_MISMATCH', {
      reason: `expected ${vault.url} as --vault-url says, found ${kid.vault.url} in the kid of the blob`,
      hint: `if that is the right vault: --vault-url ${kid.vault.url}`,
    });
  }
  return vault;
}

function targetOfManifest({ target }: Manifest, choices: ImportChoices): ExpectedKey {
  const { type, crv, bits, publicKey, kcv } = target;
  const contradiction =
    (choices.type !== null && choices.type !== type && `--kty ${choices.type}`) ||
    (choices.crv !== null && choices.crv !== crv && `--crv ${choices.crv}`);
  if (contradiction) {
    throw new KeyferryError('MANIFEST_MISMATCH', {
      reason: `expected a key as ${contradiction} says, found ${type} ${crv ?? bits} in the manifest`,
      hint: 'find out which of the two is right; without the option the manifest decides',
    });
  }
  return { type, crv, bits, publicKey, thumbprint: null, kcv };
}

function targetOfChoices({ ciphertext }: Byok, { type, crv }: ImportChoices): ExpectedKey {
  if (type === null || (type === 'EC') !== (crv !== null)) {
    throw new KeyferryError('USAGE', {
      reason: `--without-manifest: expected --kty RSA, --kty oct, or --kty EC with --crv, found --kty ${type} and --crv ${crv}`,
    });
  }
  const fitting = candidateTargets(ciphertext.length).filter((each) => each.type === type && each.crv === crv);
  if (fitting.length === 0) {
    throw new KeyferryError('BLOB_CIPHERTEXT', {
      reason: `expected a ciphertext for ${type}${crv === null ? '' : ` ${crv}`}, found ${ciphertext.length} bytes, which it never has`,
    });
  }
  const [first, ...others] = new Set(fitting.map(({ bits }) => bits));
  return {
    type,
    crv,
    bits: others.length === 0 ? (first ?? null) : null,
    publicKey: null,
    thumbprint: null,
    kcv: null,
  };
}

/** Says which key must be in the vault, and who vouches for it. */
function confirmTarget(
  target: ExpectedKey,
  manifest: Manifest | null,
  { publicKey, signedBy }: ImportSources,
  typed: string | null,
): { expected: ExpectedKey; confirmedBy: ConfirmedBy } {
  if (target.type === 'oct' && (publicKey !== null || typed !== null)) {
    throw new KeyferryError('USAGE', {
      reason: 'an AES key has no public key, and so no thumbprint that could confirm it',
      hint: 'leave the option out; compare the SHA-256 of the manifest with the source HSM by a second way',
    });
  }
  if (publicKey !== null) {
    if (target.publicKey !== null && !samePublicKey(target.publicKey, publicKey)) {
      throw notTheTarget(thumbprintOf(publicKey), thumbprintOf(target.publicKey), 'the file of --public-key');
    }
    return { expected: { ...target, publicKey }, confirmedBy: 'public-key' };
  }
  if (typed !== null) {
    const thumbprint = parseThumbprint(typed);
    if (target.publicKey !== null && thumbprintOf(target.publicKey) !== thumbprint) {
      throw notTheTarget(thumbprint, thumbprintOf(target.publicKey), '--confirm-target');
    }
    return { expected: { ...target, thumbprint }, confirmedBy: 'thumbprint' };
  }
  if (manifest === null) {
    return { expected: target, confirmedBy: 'nothing' };
  }
  return { expected: target, confirmedBy: signedBy.length > 0 ? 'signed-manifest' : 'unsigned-manifest' };
}

function notTheTarget(expected: Thumbprint, found: Thumbprint, source: string): KeyferryError {
  return new KeyferryError('THUMBPRINT_MISMATCH', {
    reason: `expected the target key ${expected} as ${source} says, found ${found} in the manifest`,
    values: { expected, found },
  });
}

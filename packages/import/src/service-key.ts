import type { KeyVaultKey } from '@azure/keyvault-keys';
import {
  ecPublicJwk,
  type KekAttributes,
  type Kid,
  type PublicJwk,
  parseKid,
  rsaPublicJwk,
  type TargetType,
  type VaultAddress,
} from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { curveOfAzure, typeOfAzure } from './azure-names.js';

/** A version of a key as the service shows it, in our words. */
export interface ServiceKey {
  readonly kid: Kid;
  /** As the service says it: RSA-HSM, EC-HSM, oct-HSM, RSA, ... */
  readonly kty: string;
  readonly type: TargetType;
  /** Null for an oct key: the service shows nothing of it. */
  readonly publicKey: PublicJwk | null;
  readonly keyOps: readonly string[];
  readonly attributes: KekAttributes;
}

/**
 * Reads the SDK's form of a key, which came from a stranger until it is compared.
 * @throws SERVICE_NOT_JSON when it is not a key of the name that was asked for, in the vault that was asked.
 */
export function readServiceKey(bundle: KeyVaultKey, vault: VaultAddress, name: string): ServiceKey {
  const { key } = bundle;
  const kid = answeredKid(vault, name, key?.kid);
  const type = typeOfAzure(key?.kty);
  if (key === undefined || key.kty === undefined || type === null) {
    throw notAKey(`expected a key type, found ${String(key?.kty)}`);
  }
  const { enabled, expiresOn, notBefore, hsmPlatform } = bundle.properties;
  return {
    kid,
    kty: key.kty,
    type,
    publicKey: publicKeyOf(type, key),
    keyOps: key.keyOps ?? [],
    attributes: {
      enabled: enabled ?? null,
      exp: seconds(expiresOn),
      nbf: seconds(notBefore),
      hsmPlatform: hsmPlatform ?? null,
    },
  };
}

function answeredKid(vault: VaultAddress, name: string, text: string | undefined): Kid {
  let kid: Kid;
  try {
    kid = parseKid(text ?? '');
  } catch (error) {
    throw notAKey(error instanceof KeyferryError ? error.reason : 'its kid cannot be read', error);
  }
  // Names are not case-sensitive in the service, and it may answer with the spelling of the first version.
  if (kid.vault.url !== vault.url || kid.name.toLowerCase() !== name.toLowerCase()) {
    throw notAKey(`expected a key ${name} of ${vault.url}, found ${kid.text}`);
  }
  return kid;
}

function publicKeyOf(type: TargetType, key: NonNullable<KeyVaultKey['key']>): PublicJwk | null {
  const { n, e, crv, x, y } = key;
  try {
    if (type === 'RSA' && n && e) {
      return rsaPublicJwk(n, e);
    }
    const curve = curveOfAzure(crv);
    if (type === 'EC' && curve !== null && x && y) {
      return ecPublicJwk(curve, x, y);
    }
  } catch (error) {
    throw notAKey(error instanceof KeyferryError ? error.reason : 'its public key cannot be read', error);
  }
  if (type !== 'oct') {
    throw notAKey(`expected the public key of an ${type} key, found ${type === 'EC' ? `crv ${crv}` : 'none'}`);
  }
  return null;
}

function seconds(date: Date | null | undefined): number | null {
  if (date === undefined || date === null) {
    return null;
  }
  // The SDK leaves a zero as a number.
  const value = Math.floor(Number(date) / 1000);
  if (!Number.isSafeInteger(value)) {
    throw notAKey('expected a date in exp and nbf, found something else');
  }
  return value;
}

function notAKey(reason: string, cause?: unknown): KeyferryError {
  return new KeyferryError('SERVICE_NOT_JSON', {
    reason: `the vault shows no key that we understand: ${reason}`,
    cause,
  });
}

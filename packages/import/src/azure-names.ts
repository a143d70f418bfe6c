import type { KeyOperation } from '@azure/keyvault-keys';
import type { Curve, TargetType } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';

/** What a target key of each type can do in the service; also what it may do unless --ops says less. */
const OPERATIONS: Readonly<Record<TargetType, readonly KeyOperation[]>> = {
  RSA: ['sign', 'verify', 'encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
  EC: ['sign', 'verify'],
  oct: ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
};

/** The operations that the imported key gets. @throws USAGE for one that its type cannot do, or for none. */
export function operationsFor(type: TargetType, wanted: readonly string[] | undefined): KeyOperation[] {
  const possible = OPERATIONS[type];
  const operations = wanted ?? possible;
  const strange = operations.find((operation) => !possible.includes(operation));
  if (strange !== undefined || operations.length === 0) {
    throw new KeyferryError('USAGE', {
      reason: `--ops: expected ${possible.join(', ')} for a key of type ${type}, found ${strange ?? 'nothing'}`,
    });
  }
  return [...new Set(operations)];
}

/** RSA-HSM, EC-HSM or oct-HSM. */
export function azureKty(type: TargetType): 'RSA-HSM' | 'EC-HSM' | 'oct-HSM' {
  return `${type}-HSM`;
}

/** The service calls secp256k1 P-256K. */
export function azureCrv(curve: Curve): 'P-256' | 'P-384' | 'P-521' | 'P-256K' {
  return curve === 'secp256k1' ? 'P-256K' : curve;
}

/** Our name of a curve of the service, or null for one that we do not know. */
export function curveOfAzure(crv: string | undefined): Curve | null {
  switch (crv) {
    case 'P-256':
    case 'P-384':
    case 'P-521':
      return crv;
    case 'P-256K':
    case 'SECP256K1':
      return 'secp256k1';
    default:
      return null;
  }
}

/** Our name of a key type of the service, or null for one that we do not know. */
export function typeOfAzure(kty: string | undefined): TargetType | null {
  switch (kty) {
    case 'RSA':
    case 'RSA-HSM':
      return 'RSA';
    case 'EC':
    case 'EC-HSM':
      return 'EC';
    case 'oct':
    case 'oct-HSM':
      return 'oct';
    default:
      return null;
  }
}

import type { Curve } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import {
  type Attributes,
  curveOfEcParams,
  type KeyType,
  type ObjectHandle,
  type Pkcs11Uri,
  type Session,
} from '@keyferry/pkcs11';

/** What the token says about the protection of the key; null where it does not say. */
export interface TargetAttributes {
  readonly sensitive: boolean | null;
  readonly alwaysSensitive: boolean | null;
  readonly extractable: boolean | null;
  readonly wrapWithTrusted: boolean | null;
  readonly local: boolean | null;
}

/** The key that shall cross. */
export interface Target {
  readonly object: ObjectHandle;
  readonly type: 'RSA' | 'EC' | 'oct';
  /** Modulus, curve or key size in bits; null for an AES key whose token does not tell (it follows from the product). */
  readonly bits: number | null;
  readonly crv: Curve | null;
  readonly label: string;
  /** CKA_ID in hex; empty when it has none. */
  readonly id: string;
  readonly attributes: TargetAttributes;
}

export type KeyClass = 'private-key' | 'secret-key';

/** Where objects are looked up: in the token, or in a list of its objects that was made once. */
export type Finder = Pick<Session, 'find'>;

const CURVE_BITS: Record<Curve, number> = { 'P-256': 256, 'P-384': 384, 'P-521': 521, secp256k1: 256 };

/**
 * The one private or secret key that the URI names (RFC 7512).
 * Errors: URI_INVALID, KEY_NOT_FOUND, KEY_AMBIGUOUS (lists what matches).
 */
export function findTarget(
  session: Session,
  uri: Pkcs11Uri,
  finder: Finder = session,
): { object: ObjectHandle; class: KeyClass } {
  if (uri.object === undefined && uri.id === undefined) {
    throw new KeyferryError('URI_INVALID', {
      reason: 'the URI names a token but no key',
      hint: 'add object=LABEL or id=%a1%b2 to the URI',
    });
  }
  const found = classesOf(uri).flatMap((keyClass) =>
    finder.find(templateOf(uri, keyClass)).map((object) => ({ object, class: keyClass })),
  );
  const [only, ...others] = found;
  if (only === undefined) throw new KeyferryError('KEY_NOT_FOUND', { reason: `nothing matches ${wantedOf(uri)}` });
  if (others.length > 0) {
    const list = found.map(({ object, class: keyClass }) => describeKey(session, object, keyClass));
    throw new KeyferryError('KEY_AMBIGUOUS', { reason: `${found.length} keys match: ${list.join('; ')}` });
  }
  return only;
}

function classesOf(uri: Pkcs11Uri): readonly KeyClass[] {
  switch (uri.type) {
    case undefined:
      return ['private-key', 'secret-key'];
    case 'private':
      return ['private-key'];
    case 'secret-key':
      return ['secret-key'];
    default:
      throw new KeyferryError('URI_INVALID', {
        reason: `expected type=private or type=secret-key, found type=${uri.type}`,
      });
  }
}

function templateOf(uri: Pkcs11Uri, keyClass: KeyClass): Attributes {
  return {
    class: keyClass,
    ...(uri.object === undefined ? {} : { label: uri.object }),
    ...(uri.id === undefined ? {} : { id: uri.id }),
  };
}

function wantedOf(uri: Pkcs11Uri): string {
  const parts = [
    uri.object !== undefined && `object "${uri.object}"`,
    uri.id && `id ${uri.id.toString('hex')}`,
    uri.type,
  ];
  return parts.filter(Boolean).join(', ');
}

function describeKey(session: Session, object: ObjectHandle, keyClass: KeyClass): string {
  const label = session.read(object, 'label') ?? '';
  const id = session.read(object, 'id')?.toString('hex') ?? '';
  return `${keyClass} "${label}" with id ${id || '(none)'}`;
}

/** Reads what the token says about a key. Errors: KEY_UNSUPPORTED. */
export function readTarget(session: Session, object: ObjectHandle, keyClass: KeyClass): Target {
  const { keyType, label, id, ...attributes } = session.readTogether(object, [
    'keyType',
    'label',
    'id',
    'sensitive',
    'alwaysSensitive',
    'extractable',
    'wrapWithTrusted',
    'local',
  ]);
  const kind = readKind(session, object, keyClass, keyType);
  return { object, ...kind, label: label ?? '', id: id?.toString('hex') ?? '', attributes };
}

function readKind(
  session: Session,
  object: ObjectHandle,
  keyClass: KeyClass,
  keyType: KeyType | null,
): Pick<Target, 'type' | 'bits' | 'crv'> {
  if (keyClass === 'secret-key' && keyType === 'AES')
    return { type: 'oct', bits: readAesBits(session, object), crv: null };
  if (keyClass === 'private-key' && keyType === 'RSA')
    return { type: 'RSA', bits: readRsaBits(session, object), crv: null };
  if (keyClass === 'private-key' && keyType === 'EC') {
    const crv = readCurve(session, object);
    return { type: 'EC', bits: CURVE_BITS[crv], crv };
  }
  throw new KeyferryError('KEY_UNSUPPORTED', {
    reason: `expected an RSA, EC or AES key, found ${keyClass} of type ${keyType}`,
  });
}

function readAesBits(session: Session, object: ObjectHandle): number | null {
  const bytes = session.read(object, 'valueLen');
  if (bytes === null || bytes === 0) return null; // SoftHSM says 0 of a key that was unwrapped
  if (![16, 24, 32].includes(bytes)) {
    throw new KeyferryError('KEY_UNSUPPORTED', {
      reason: `expected an AES key of 128, 192 or 256 bits, found ${bytes * 8}`,
    });
  }
  return bytes * 8;
}

function readRsaBits(session: Session, object: ObjectHandle): number {
  const modulus = session.read(object, 'modulus');
  if (modulus === null)
    throw new KeyferryError('KEY_UNSUPPORTED', { reason: 'the token does not show the modulus of this RSA key' });
  const bits = bitLength(modulus);
  if (![2048, 3072, 4096].includes(bits)) {
    throw new KeyferryError('KEY_UNSUPPORTED', {
      reason: `expected an RSA key of 2048, 3072 or 4096 bits, found ${bits}`,
    });
  }
  return bits;
}

/** Bits of a big-endian number; some tokens show it with zeros in front. */
function bitLength(number: Buffer): number {
  const first = number.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (number.length - first) * 8 - (Math.clz32(number[first] ?? 0) - 24);
}

function readCurve(session: Session, object: ObjectHandle): Curve {
  const parameters = session.read(object, 'ecParams');
  const crv = parameters === null ? null : curveOfEcParams(parameters);
  if (crv === null) {
    throw new KeyferryError('KEY_UNSUPPORTED', {
      reason: `expected a key on P-256, P-384, P-521 or secp256k1, found EC parameters ${parameters?.toString('hex') ?? '(hidden)'}`,
    });
  }
  return crv;
}

/** Errors: KEY_NOT_EXTRACTABLE. */
export function requireExtractable({ label, attributes }: Target): void {
  if (attributes.extractable === false) {
    throw new KeyferryError('KEY_NOT_EXTRACTABLE', { reason: `key "${label}" has CKA_EXTRACTABLE=false` });
  }
}

/** What the operator should know about the protection that this key had so far. */
export function warningsOf(target: Target): string[] {
  const { sensitive, alwaysSensitive, local } = target.attributes;
  const warnings: string[] = [];
  if (sensitive === false)
    warnings.push('CKA_SENSITIVE is false: whoever is logged in to this token can read the key in plaintext');
  else if (alwaysSensitive === false) {
    warnings.push(
      local === false
        ? 'the key was not generated in this token (CKA_LOCAL is false): where else it exists, this token cannot say'
        : 'CKA_ALWAYS_SENSITIVE is false: the key could once be read in plaintext',
    );
  }
  return warnings;
}

import { type NotChecked, type PublicJwk, rsaBits, samePublicKey } from '@keyferry/blob';
import { type Attributes, EC_PARAMS, type ObjectHandle, type Session } from '@keyferry/pkcs11';
import { keyCheckValue } from '../target/key-check-value.js';
import { findPublicKey } from '../target/public-key.js';
import { readEcPoint, readRsaPublicKey } from '../target/public-objects.js';
import { readTarget, type Target } from '../target/target.js';
import { allOrNothing } from './all-or-nothing.js';
import { refuseAsMade, requireAsAsked } from './as-asked.js';
import { GENERATION, type KeyKind, PUBLIC_USES, parametersOf, USES } from './key-kinds.js';
import { type ObjectName, requireNewName } from './object-names.js';

export interface GenerationRequest {
  readonly kind: KeyKind;
  readonly name: ObjectName;
  /** The key shall leave under trusted wrapping keys only. */
  readonly wrapWithTrusted: boolean;
}

export interface GeneratedKey {
  readonly target: Target;
  readonly publicKey: PublicJwk | null;
  /** Key check value of an AES key: 6 hex digits. */
  readonly kcv: string | null;
  readonly notChecked: readonly NotChecked[];
}

/**
 * Generates a key in the token that can cross, with its public object beside it, and reads back what was made. The
 * session must be writable. When anything goes wrong, nothing is left in the token.
 * Errors: LABEL_EXISTS, KEY_NOT_AS_ASKED, MECHANISM_MISSING, INTERRUPTED, HSM_ERROR, HSM_OBJECT_LEFT.
 */
export async function generateTarget(
  session: Session,
  request: GenerationRequest,
  signal: AbortSignal,
): Promise<GeneratedKey> {
  requireNewName(session, request.name);
  return allOrNothing(session, request.name, signal, () =>
    request.kind.type === 'oct'
      ? makeSecretKey(session, request, request.kind)
      : makeKeyPair(session, request, request.kind),
  );
}

function secretTemplate({ kind, name, wrapWithTrusted }: GenerationRequest): Attributes {
  return {
    token: true,
    private: true,
    sensitive: true,
    extractable: true,
    ...(wrapWithTrusted ? { wrapWithTrusted } : {}),
    ...USES[kind.type],
    ...name,
  };
}

/** What every key has that was born in the token and never readable. */
const BORN_INSIDE: Attributes = { local: true, alwaysSensitive: true };

type AesKind = Extract<KeyKind, { type: 'oct' }>;
type PairKind = Exclude<KeyKind, { type: 'oct' }>;

async function makeSecretKey(session: Session, request: GenerationRequest, { bits }: AesKind): Promise<GeneratedKey> {
  const template: Attributes = { ...secretTemplate(request), valueLen: bits / 8 };
  const object = await session.generateKey(GENERATION.oct, template);
  requireAsAsked(session, object, { class: 'secret-key', keyType: 'AES', ...template, ...BORN_INSIDE });
  const kcv = await keyCheckValue(session, object);
  const target = readTarget(session, object, 'secret-key');
  return { target, publicKey: null, kcv, notChecked: kcv === null ? ['kcv'] : [] };
}

async function makeKeyPair(session: Session, request: GenerationRequest, kind: PairKind): Promise<GeneratedKey> {
  const { type, crv } = kind;
  const open: Attributes = { token: true, private: false, ...PUBLIC_USES[type], ...request.name };
  const secret = secretTemplate(request);
  const pair = await session.generateKeyPair(GENERATION[type], { ...open, ...parametersOf(kind) }, secret);
  const keyType: Attributes = { keyType: type, ...(crv === null ? {} : { ecParams: EC_PARAMS[crv] }) };
  requireAsAsked(session, pair.privateKey, { class: 'private-key', ...keyType, ...secret, ...BORN_INSIDE });
  requireAsAsked(session, pair.publicKey, { class: 'public-key', ...keyType, ...open });
  const published = readPublished(session, pair.publicKey, kind, request.name.label);
  const target = readTarget(session, pair.privateKey, 'private-key');
  const { publicKey, source } = await findPublicKey(session, target);
  if (source === 'recovered' && publicKey !== null && !samePublicKey(publicKey, published)) {
    refuseAsMade({ class: 'public-key', label: request.name.label }, ['it belongs to another private key']);
  }
  return { target, publicKey: published, kcv: null, notChecked: source === 'object' ? [] : ['target-private-match'] };
}

function readPublished(
  session: Session,
  object: ObjectHandle,
  { type, bits, crv }: PairKind,
  label: string,
): PublicJwk {
  const refuse = (difference: string) => refuseAsMade({ class: 'public-key', label }, [difference]);
  if (crv !== null) return readEcPoint(session, object, crv) ?? refuse(`CKA_EC_POINT is no point of ${crv}`);
  const key = readRsaPublicKey(session, object) ?? refuse(`CKA_MODULUS of this ${type} key cannot be read`);
  if (rsaBits(key) !== bits) refuse(`CKA_MODULUS: asked for ${bits} bits, found ${rsaBits(key)}`);
  if (key.e !== 'AQAB') refuse('CKA_PUBLIC_EXPONENT: asked for 65537, found another');
  return key;
}

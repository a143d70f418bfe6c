import type { Attributes, ObjectHandle, Session } from '@keyferry/pkcs11';
import type { Exponents, TargetSpec } from '../rules/key-types.js';
import type { PlainKey } from '../rules/plain-key.js';
import { badParameter } from '../rules/refusal.js';
import { CURVE_FACTS } from './curves.js';
import type { KeyMaterial } from './record.js';
import { LOCKED_IN, TEMPORARY } from './templates.js';
import { judge } from './unwrap-transfer.js';

/**
 * Puts a key that came in plaintext into the token, as session objects only, and lets it prove there that its parts belong
 * together; `keep` may copy it before they are destroyed.
 */
export function importPlain<T>(
  session: Session,
  key: PlainKey,
  exponents: Exponents,
  keep: (key: ObjectHandle, material: KeyMaterial) => T,
): Promise<T> {
  return session.temporary(async (own) => {
    const spec = specOf(key);
    for (const part of provenAlone(key)) await judge(session, own(session.create(part)), spec, exponents, ignore);
    const whole = own(session.create(templateOf(key)));
    const material = await judge(session, whole, spec, exponents, ignore);
    checkPoint(key, material);
    return keep(whole, material);
  });
}

const ignore = () => undefined;

function specOf(key: PlainKey): TargetSpec {
  if (key.type === 'oct') return { type: 'oct', bits: key.k.length * 8 };
  return key.type === 'EC' ? { type: 'EC', crv: key.crv } : { type: 'RSA' };
}

function templateOf(key: PlainKey): Attributes {
  const common = { ...TEMPORARY, ...LOCKED_IN };
  if (key.type === 'oct') return { ...common, class: 'secret-key', keyType: 'AES', value: key.k, encrypt: true };
  const private_ = { ...common, class: 'private-key', keyType: key.type, sign: true } as const;
  if (key.type === 'EC') return { ...private_, ecParams: CURVE_FACTS[key.crv].ecParams, value: key.d, derive: true };
  return { ...private_, ...publicOf(key), privateExponent: key.d, ...factorsOf(key) };
}

type RsaKey = Extract<PlainKey, { type: 'RSA' }>;

/**
 * RSA keeps its private part twice, as exponent and as factors, and OpenSSL in the token signs with the other one when
 * the first fails. So each must sign alone: without factors, and with an exponent that signs nothing.
 */
function provenAlone(key: PlainKey): Attributes[] {
  if (key.type !== 'RSA') return [];
  const { privateExponent: _, prime1, prime2, exponent1, exponent2, coefficient, ...common } = templateOf(key);
  return [
    { ...common, privateExponent: key.d },
    { ...common, privateExponent: Buffer.of(1), ...factorsOf(key) },
  ];
}

function publicOf({ n, e }: RsaKey): Attributes {
  return { modulus: unsigned(n), publicExponent: unsigned(e) };
}

function factorsOf({ p, q, dp, dq, qi }: RsaKey): Attributes {
  return { prime1: p, prime2: q, exponent1: dp, exponent2: dq, coefficient: qi };
}

/** Big integers in PKCS#11 have no leading zeros; some clients write them. */
function unsigned(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  return start < 0 ? Buffer.of(0) : bytes.subarray(start);
}

/** The public point that came must be the one that the private value has. */
function checkPoint(key: PlainKey, material: KeyMaterial): void {
  if (key.type !== 'EC' || material.type !== 'EC') return;
  if (key.x.toString('base64url') === material.x && key.y.toString('base64url') === material.y) return;
  throw badParameter('The public point x, y is not the one of the private value d.', 'TargetInconsistent');
}

import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { type Binary, bytesOf, unsigned } from './bytes.js';
import { oid } from './der.js';

export type CurveName = 'P-256' | 'P-384' | 'P-521' | 'secp256k1';

type Arithmetic = typeof p256 | typeof secp256k1;

export interface Curve {
  readonly name: CurveName;
  readonly bits: number;
  /** Bytes of a scalar, and of a coordinate: on these four curves the same. */
  readonly bytes: number;
  readonly order: bigint;
  readonly oid: Binary;
  readonly arithmetic: Arithmetic;
}

export const CURVES: readonly Curve[] = [
  curve('P-256', 256, '1.2.840.10045.3.1.7', p256),
  curve('P-384', 384, '1.3.132.0.34', p384),
  curve('P-521', 521, '1.3.132.0.35', p521),
  curve('secp256k1', 256, '1.3.132.0.10', secp256k1),
];

function curve(name: CurveName, bits: number, dotted: string, arithmetic: Arithmetic): Curve {
  const bytes = Math.ceil(bits / 8);
  return { name, bits, bytes, order: arithmetic.Point.Fn.ORDER, oid: oid(dotted), arithmetic };
}

/** The uncompressed point (SEC 1 section 2.3.3) of a scalar from 1 to the order less 1. */
export function pointOf(curve: Curve, scalar: Binary): Buffer {
  const secret = bytesOf(unsigned(scalar), curve.bytes);
  try {
    return Buffer.from(curve.arithmetic.getPublicKey(secret, false));
  } finally {
    secret.fill(0);
  }
}

import type { EC } from '../../diagnosis/table/ec.js';
import { toBinary, unsigned } from '../../oracle/bytes.js';
import * as asn1 from '../asn1.js';
import { ecKey, explicitP256, innerKey, publicPoint, scalarOf } from '../targets.js';
import type { Fault } from './fault.js';

const CURVE = [asn1.EC_PUBLIC_KEY, asn1.P256];

/** PKCS#8 with the inner key that is made from the scalar of the practice key on P-256, and from its point. */
const inner =
  (key: (scalar: Buffer, point: Buffer) => Uint8Array, algorithm: readonly Uint8Array[] = CURVE): Fault =>
  ({ target }) => {
    const scalar = scalarOf(target('ec-p256'));
    return { target: asn1.pkcs8(algorithm, key(scalar, publicPoint('P-256', scalar))) };
  };
const onCurve = (curve: Uint8Array): Fault => inner((scalar) => ecKey(scalar), [asn1.EC_PUBLIC_KEY, curve]);
const publicKey = (write: (point: Buffer) => Uint8Array): Fault =>
  inner((scalar, point) => ecKey(scalar, asn1.context(1, write(point))));

export const EC_FAULTS: Readonly<Record<keyof typeof EC, Fault>> = {
  'ec/explicit-parameters': onCurve(explicitP256()),
  'ec/no-curve': inner((scalar) => ecKey(scalar, asn1.context(0, asn1.P256)), [asn1.EC_PUBLIC_KEY]),
  'ec/brainpool': onCurve(asn1.BRAINPOOL_P256R1),
  'ec/curve': ({ random }) => ({
    target: asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.objectId('1.3.132.0.33')], ecKey(random('scalar on P-224', 28))),
  }),
  'ec/holds-rsa': ({ target }) => ({ target: asn1.pkcs8(CURVE, innerKey(target('rsa-2048'))) }),
  'ec/bare-scalar': inner((scalar) => asn1.octets(scalar)),
  'ec/version': inner((scalar) => asn1.sequence(asn1.integer(0n), asn1.octets(scalar))),
  'ec/structure': inner((scalar) => asn1.sequence(asn1.integer(1n), asn1.integer(unsigned(toBinary(scalar))))),
  'ec/other-curve-inside': inner((scalar) => ecKey(scalar, asn1.context(0, asn1.P384))),
  'ec/explicit-inside': inner((scalar) => ecKey(scalar, asn1.context(0, explicitP256()))),
  'ec/scalar-short': inner((scalar) => ecKey(scalar.subarray(1))),
  'ec/scalar-long': inner((scalar) => ecKey(Buffer.concat([Buffer.of(0), scalar]))),
  'ec/scalar-zero': inner((scalar) => ecKey(Buffer.alloc(scalar.length))),
  'ec/scalar-range': inner((scalar) => ecKey(Buffer.alloc(scalar.length, 0xff))),
  'ec/curve-mislabelled': ({ target }) => {
    const scalar = scalarOf(target('ec-secp256k1'));
    const point = asn1.context(1, asn1.bits(publicPoint('secp256k1', scalar)));
    return { target: asn1.pkcs8(CURVE, ecKey(scalar, point)) };
  },
  'ec/other-public-key': ({ target, random }) => {
    const other = publicPoint('P-256', random('another scalar', 32));
    return { target: asn1.pkcs8(CURVE, ecKey(scalarOf(target('ec-p256')), asn1.context(1, asn1.bits(other)))) };
  },
  'ec/public-key-form': publicKey((point) => asn1.octets(point)),
  'ec/compressed-point': publicKey((point) =>
    asn1.bits(Buffer.of(2 + ((point.at(-1) ?? 0) & 1), ...point.subarray(1, 33))),
  ),
};

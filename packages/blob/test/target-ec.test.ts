import type { ErrorCode } from '@keyferry/errors';
import test from 'ava';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { CURVES, type Curve } from '../src/curves.js';
import { publicJwkOf } from '../src/jwk.js';
import { readTargetKey } from '../src/target-key.js';
import { bits, der, integer, NULL, OID, octets, pkcs8, sequence } from './support/der.js';
import { refusal } from './support/refusal.js';
import { TARGETS, targetDer } from './support/samples.js';

const CURVE_TARGETS = TARGETS.flatMap(([name, , size, crv]) => (crv === null ? [] : [{ name, size, crv }]));

function scalarOf(name: (typeof CURVE_TARGETS)[number]['name']): Buffer {
  return Buffer.from(practiceKey(name).export({ format: 'jwk' }).d ?? '', 'base64url');
}

function algorithm(curve: Curve): Buffer {
  return sequence(OID.ecPublicKey, OID[curve]);
}

/** The encoding that SoftHSM produces: no parameters and no public key inside. */
function bare(curve: Curve, scalar: Uint8Array): Buffer {
  return pkcs8(algorithm(curve), sequence(integer(1), octets(scalar)));
}

for (const { name, size, crv } of CURVE_TARGETS) {
  const publicKey = publicJwkOf(practiceKey(name));
  const expected = { type: 'EC', bits: size, crv, publicKey, trailingBytes: 0, trailingZero: true } as const;

  test(`${name} as OpenSSL encodes it is read, and its public key is that of OpenSSL`, (t) => {
    t.deepEqual(readTargetKey(targetDer(name), 'EC'), expected);
  });

  test(`${name} is read without its public key, and with its curve said twice`, (t) => {
    const scalar = scalarOf(name);
    t.deepEqual(readTargetKey(bare(crv, scalar), 'EC'), expected);
    const twice = sequence(integer(1), octets(scalar), der(0xa0, OID[crv]));
    t.deepEqual(readTargetKey(pkcs8(algorithm(crv), twice), 'EC'), expected);
  });

  test(`${name} with the zeros that SoftHSM 2.6.1 appends is read, and they are reported`, (t) => {
    const plain = bare(crv, scalarOf(name));
    const padded = Buffer.concat([plain, Buffer.alloc(8 - (plain.length % 8))]);
    t.deepEqual(readTargetKey(padded, 'EC'), { ...expected, trailingBytes: 8 - (plain.length % 8) });
  });

  test(`scalars of ${crv} run from 1 to the order - 1`, (t) => {
    const { order, bytes } = CURVES[crv];
    const scalar = (value: bigint) => Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex');
    for (const value of [1n, 2n, order - 1n]) t.notThrows(() => readTargetKey(bare(crv, scalar(value)), 'EC'));
    for (const value of [0n, order, order + 1n, 2n ** BigInt(bytes * 8) - 1n]) {
      const error = refusal(() => readTargetKey(bare(crv, scalar(value)), 'EC'));
      t.is(error.code, 'TARGET_ENCODING');
      t.regex(error.reason, /from 1 to the order - 1/);
    }
  });
}

const scalar = scalarOf('ec-p256');
const key = practiceKey('ec-p256');
const P256 = algorithm('P-256');
const point = targetDer('ec-p256').subarray(-65);
const inside = (...contents: Uint8Array[]) => pkcs8(P256, sequence(...contents));
const withPublic = (...publicKey: Uint8Array[]) => inside(integer(1), octets(scalar), der(0xa1, ...publicKey));

const REFUSED: readonly [what: string, input: string | Uint8Array, code: ErrorCode, reason: RegExp][] = [
  ['SEC 1 without PKCS#8', key.export({ type: 'sec1', format: 'der' }), 'TARGET_ENCODING', /SEC 1/],
  ['PEM text', key.export({ type: 'pkcs8', format: 'pem' }), 'TARGET_ENCODING', /PEM text/],
  ['hex text', targetDer('ec-p256').toString('hex'), 'TARGET_ENCODING', /hex text/],
  ['base64 text', targetDer('ec-p256').toString('base64'), 'TARGET_ENCODING', /base64 text/],
  ['the bare scalar', scalar, 'TARGET_ENCODING', /no known encoding/],
  ['an RSA key', targetDer('rsa-2048'), 'TARGET_ENCODING', /found an RSA key/],
  [
    'another curve',
    pkcs8(sequence(OID.ecPublicKey, OID.brainpoolP256r1), sequence(integer(1), octets(scalar))),
    'TARGET_UNSUPPORTED',
    /1\.3\.36\.3\.3\.2\.8\.1\.1\.7/,
  ],
  [
    'explicit curve parameters',
    pkcs8(sequence(OID.ecPublicKey, sequence(integer(1))), sequence(integer(1), octets(scalar))),
    'TARGET_ENCODING',
    /explicit/,
  ],
  [
    'no curve',
    pkcs8(sequence(OID.ecPublicKey), sequence(integer(1), octets(scalar))),
    'TARGET_ENCODING',
    /named curve/,
  ],
  [
    'NULL as curve',
    pkcs8(sequence(OID.ecPublicKey, NULL), sequence(integer(1), octets(scalar))),
    'TARGET_ENCODING',
    /named curve/,
  ],
  [
    'two curves',
    pkcs8(sequence(OID.ecPublicKey, OID['P-256'], OID['P-256']), sequence(integer(1), octets(scalar))),
    'TARGET_ENCODING',
    /nothing more/,
  ],
  ['version 0', inside(integer(0), octets(scalar)), 'TARGET_ENCODING', /version: expected 1/],
  ['a short scalar', inside(integer(1), octets(scalar.subarray(1))), 'TARGET_ENCODING', /expected 32 bytes, found 31/],
  ['a zero before the scalar', inside(integer(1), octets(Buffer.alloc(1), scalar)), 'TARGET_ENCODING', /found 33/],
  ['a scalar as INTEGER', inside(integer(1), integer(5)), 'TARGET_ENCODING', /expected OCTET STRING, found INTEGER/],
  [
    'another curve inside',
    inside(integer(1), octets(scalar), der(0xa0, OID.secp256k1)),
    'TARGET_ENCODING',
    /same curve/,
  ],
  [
    'explicit parameters inside',
    inside(integer(1), octets(scalar), der(0xa0, sequence())),
    'TARGET_ENCODING',
    /explicit/,
  ],
  ['an empty curve inside', inside(integer(1), octets(scalar), der(0xa0)), 'TARGET_ENCODING', /named curve/],
  [
    'the public key of another',
    withPublic(bits(targetDer('ec-secp256k1').subarray(-65))),
    'TARGET_ENCODING',
    /found another/,
  ],
  [
    'its public key compressed',
    withPublic(bits(Buffer.from([2 + ((point[64] ?? 0) & 1)]), point.subarray(1, 33))),
    'TARGET_ENCODING',
    /uncompressed/,
  ],
  ['an empty public key', withPublic(), 'TARGET_ENCODING', /publicKey/],
  ['two public keys', withPublic(bits(point), bits(point)), 'TARGET_ENCODING', /nothing more/],
  [
    'public key before curve',
    inside(integer(1), octets(scalar), der(0xa1, bits(point)), der(0xa0, OID['P-256'])),
    'TARGET_ENCODING',
    /nothing more/,
  ],
  [
    'something after the key',
    pkcs8(P256, Buffer.concat([sequence(integer(1), octets(scalar)), NULL])),
    'TARGET_ENCODING',
    /after ECPrivateKey/,
  ],
  ['attributes', pkcs8(P256, sequence(integer(1), octets(scalar)), der(0xa0)), 'TARGET_ENCODING', /attributes/],
];

for (const [what, input, code, reason] of REFUSED) {
  test(`an EC key with ${what} is refused: ${code}`, (t) => {
    const error = refusal(() => readTargetKey(Buffer.from(input as Uint8Array), 'EC'));
    t.is(error.code, code);
    t.regex(error.reason, reason);
  });
}

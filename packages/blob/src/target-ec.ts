import { createECDH } from 'node:crypto';
import { CURVE_NAMES, CURVES, type Curve, curveOfOid } from './curves.js';
import { DerReader, TAG } from './der.js';
import { checkedEcJwk, type EcPublicJwk } from './jwk.js';
import type { Pkcs8 } from './pkcs8.js';
import { algorithmName, EC_PUBLIC_KEY } from './spki.js';
import type { TargetRefusals } from './target-key.js';

/**
 * Reads an EC key out of PKCS#8: id-ecPublicKey with a named curve (RFC 5480 section 2.1.1), inside an ECPrivateKey of
 * RFC 5915 section 3. Its public key is computed; what the encoding says twice must agree.
 */
export function readEcPrivateKey(pkcs8: Pkcs8, refusals: TargetRefusals): EcPublicJwk {
  const { encoding, inconsistent } = refusals;
  if (pkcs8.algorithm !== EC_PUBLIC_KEY) encoding(`expected an EC key, found ${algorithmName(pkcs8.algorithm)}`);
  const curve = readCurve(pkcs8.parameters, refusals);
  pkcs8.parameters.end('algorithm');
  const outer = new DerReader(pkcs8.privateKey, encoding);
  const key = outer.sequence('ECPrivateKey');
  outer.end('after ECPrivateKey');
  const version = key.integer('ECPrivateKey.version');
  if (version.length !== 1 || version[0] !== 1) encoding('ECPrivateKey.version: expected 1, found another');
  const scalar = key.take(TAG.octetString, 'ECPrivateKey.privateKey');
  const { bytes } = CURVES[curve];
  if (scalar.length !== bytes) encoding(`ECPrivateKey.privateKey: expected ${bytes} bytes, found ${scalar.length}`);
  if (!isBelowOrder(scalar, curve)) {
    inconsistent('ECPrivateKey.privateKey: expected a number from 1 to the order - 1');
  }
  if (key.sees(TAG.context0)) {
    const parameters = key.inside(TAG.context0, 'ECPrivateKey.parameters');
    if (readCurve(parameters, refusals) !== curve) encoding('ECPrivateKey.parameters: expected the same curve again');
    parameters.end('ECPrivateKey.parameters');
  }
  const point = publicPoint(scalar, curve);
  if (key.sees(TAG.context1)) {
    const publicKey = new DerReader(key.take(TAG.context1, 'ECPrivateKey.publicKey'), inconsistent);
    if (!point.equals(publicKey.bytesOfBits('ECPrivateKey.publicKey'))) {
      inconsistent('ECPrivateKey.publicKey: expected the uncompressed point of the private key, found another');
    }
    publicKey.end('ECPrivateKey.publicKey');
  }
  key.end('ECPrivateKey');
  return checkedEcJwk(curve, point.subarray(1, 1 + bytes), point.subarray(1 + bytes), encoding);
}

function readCurve(parameters: DerReader, { encoding, unsupported }: TargetRefusals): Curve {
  if (parameters.sees(TAG.sequence)) encoding('expected a named curve, found explicit curve parameters');
  const oid = parameters.oid('named curve');
  return curveOfOid(oid) ?? unsupported(`expected one of ${CURVE_NAMES.join(', ')}, found the curve ${oid}`);
}

/** Byte by byte, so that the scalar becomes neither a string nor a BigInt. */
function isBelowOrder(scalar: Uint8Array, curve: Curve): boolean {
  if (scalar.every((byte) => byte === 0)) return false;
  const order = Buffer.from(CURVES[curve].order.toString(16).padStart(scalar.length * 2, '0'), 'hex');
  return Buffer.compare(scalar, order) < 0;
}

/** The uncompressed point of a scalar. */
function publicPoint(scalar: Uint8Array, curve: Curve): Buffer {
  const exchange = createECDH(CURVES[curve].openssl);
  exchange.setPrivateKey(scalar);
  return exchange.getPublicKey();
}

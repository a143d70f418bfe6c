import { type Binary, fromBinary, unsigned } from './bytes.js';
import { CURVES, type Curve, pointOf } from './curves.js';
import { bitsOf, contentOf, integerOf, isSequence, type Node, octetsOf, oidOf, tagged, tagsOf } from './der.js';
import type { Pkcs8 } from './pkcs8.js';
import type { Report } from './report.js';
import type { Target } from './target.js';
import { ecThumbprint } from './thumbprint.js';

/** ECPrivateKey (RFC 5915 section 3) on a named curve. Null where curve or scalar cannot be told. */
export function judgeEcKey(pkcs8: Pkcs8, report: Report): Target | null {
  const curve = judgeCurve(pkcs8.parameters, report);
  if (!curve) return null;

  const key = ecPrivateKey(pkcs8.key);
  const found = key ? 'as expected' : 'other fields';
  if (!report.check('blob/encoding/ec/structure', key !== null, found) || !key) return null;

  const inner = key.parameters && oidOf(key.parameters);
  const same = inner === undefined || inner === curve.oid;
  const where = inner === undefined ? 'in the outer place alone' : same ? 'the same in both' : 'another one inside';
  report.check('blob/encoding/ec/parameters', same, where);

  const length = key.scalar.length;
  report.check('blob/encoding/ec/scalar-length', length === curve.bytes, `${length} bytes on ${curve.name}`);
  const scalar = unsigned(key.scalar);
  const inRange = scalar > 0n && scalar < curve.order;
  const range = inRange ? 'in range' : scalar === 0n ? 'zero' : 'not below the order of the curve';
  if (!report.check('blob/key-consistency/ec/scalar', inRange, range)) return null;

  const point = pointOf(curve, key.scalar);
  judgePublicKey(key.publicKey, point, curve, report);
  return { type: 'EC', bits: curve.bits, crv: curve.name, thumbprint: ecThumbprint(curve, point), kcv: null };
}

function judgeCurve(parameters: Node | undefined, report: Report): Curve | null {
  const name = parameters && oidOf(parameters);
  const explicit = isSequence(parameters) ? 'explicit curve parameters' : 'none';
  if (!report.check('blob/encoding/ec/named-curve', !!name, name ? 'a named curve' : explicit)) return null;
  const curve = CURVES.find(({ oid }) => oid === name);
  report.check('blob/policy/ec/curve', curve !== undefined, curve?.name ?? 'another curve');
  return curve ?? null;
}

interface EcPrivateKey {
  readonly scalar: Binary;
  readonly parameters: Node | undefined;
  /** Undefined: there is none. Null: there is something else in its place. */
  readonly publicKey: Binary | null | undefined;
}

function ecPrivateKey(node: Node | undefined): EcPrivateKey | null {
  if (!isSequence(node)) return null;
  const [version, privateKey, ...rest] = node.value;
  const scalar = octetsOf(privateKey);
  const tags = tagsOf(rest);
  if (integerOf(version) !== '\x01' || scalar === null || !['', '0', '1', '0,1'].includes(tags)) return null;
  const parameters = tagged(rest, 0);
  const publicKey = tagged(rest, 1);
  return {
    scalar,
    parameters: parameters && (contentOf(parameters) ?? parameters),
    publicKey: publicKey && bitsOf(contentOf(publicKey)),
  };
}

function judgePublicKey(found: Binary | null | undefined, point: Buffer, curve: Curve, report: Report): void {
  if (found === undefined) {
    report.check('blob/key-consistency/ec/public-key', true, 'none');
    return;
  }
  const bytes = fromBinary(found ?? '');
  if (bytes.length === curve.bytes + 1 && bytes.equals(compressed(point, curve))) {
    report.warn('blob/key-consistency/ec/public-key', 'the point that belongs to the scalar, but compressed');
    return;
  }
  const same = bytes.equals(point);
  report.check('blob/key-consistency/ec/public-key', same, same ? 'as expected' : 'another one');
}

/** SEC 1 section 2.3.3, with compression. */
function compressed(point: Buffer, curve: Curve): Buffer {
  const parity = (point.at(-1) ?? 0) % 2;
  return Buffer.from([2 + parity, ...point.subarray(1, 1 + curve.bytes)]);
}

import { fromBinary, unsigned } from '../oracle/bytes.js';
import { CURVES, pointOf } from '../oracle/curves.js';
import {
  bitsOf,
  contentOf,
  integerOf,
  isSequence,
  type Node,
  octetsOf,
  oid,
  oidOf,
  parseDer,
  tagged,
} from '../oracle/der.js';
import type { DiagnosisId } from './diagnoses.js';
import type { Evidence } from './evidence.js';
import { fieldsOf } from './explain-pkcs8.js';

export function explainNamedCurve({ plaintext }: Evidence): DiagnosisId {
  return isSequence(curveOf(plaintext)) ? 'ec/explicit-parameters' : 'ec/no-curve';
}

/** The arc of the curves of RFC 5639. */
const BRAINPOOL = oid('1.3.36.3.3.2.8.1.1.1').slice(0, -1);

export function explainCurve({ plaintext }: Evidence): DiagnosisId {
  return oidOf(curveOf(plaintext))?.startsWith(BRAINPOOL) ? 'ec/brainpool' : 'ec/curve';
}

/** Fields other than those of ECPrivateKey. */
export function explainEcStructure({ plaintext }: Evidence): DiagnosisId {
  const inner = fromBinary(octetsOf(fieldsOf(plaintext ?? new Uint8Array())[2]) ?? '');
  const fields = fieldsOf(inner);
  if (octetsOf(parseDer(inner)?.node) !== null || fields.length === 0) return 'ec/bare-scalar';
  if (fields.length >= 9 && fields.slice(0, 9).every((field) => integerOf(field) !== null)) return 'ec/holds-rsa';
  const scalar = octetsOf(fields[1]) !== null;
  return scalar && integerOf(fields[0]) !== null && integerOf(fields[0]) !== '\x01' ? 'ec/version' : 'ec/structure';
}

export function explainEcParameters({ plaintext }: Evidence): DiagnosisId {
  const parameters = tagged(ecFields(plaintext), 0);
  return isSequence(parameters && contentOf(parameters)) ? 'ec/explicit-inside' : 'ec/other-curve-inside';
}

export function explainScalarLength({ plaintext }: Evidence): DiagnosisId {
  const bytes = CURVES.find((curve) => curve.oid === oidOf(curveOf(plaintext)))?.bytes ?? 0;
  return scalarOf(plaintext).length < bytes ? 'ec/scalar-short' : 'ec/scalar-long';
}

export function explainScalar({ plaintext }: Evidence): DiagnosisId {
  return unsigned(scalarOf(plaintext)) === 0n ? 'ec/scalar-zero' : 'ec/scalar-range';
}

/** A public key that is not that of the scalar on the curve. */
export function explainEcPublicKey({ plaintext }: Evidence): DiagnosisId {
  const field = tagged(ecFields(plaintext), 1);
  const content = field && bitsOf(contentOf(field));
  if (!content || !['\x02', '\x03', '\x04'].includes(content[0] ?? '')) return 'ec/public-key-form';
  const scalar = scalarOf(plaintext);
  const found = fromBinary(content);
  for (const curve of CURVES) {
    const value = unsigned(scalar);
    if (value === 0n || value >= curve.order) continue;
    const point = pointOf(curve, scalar);
    const named = curve.oid === oidOf(curveOf(plaintext));
    if (named && point.subarray(1, 1 + curve.bytes).equals(found.subarray(1))) return 'ec/compressed-point';
    if (!named && point.equals(found)) return 'ec/curve-mislabelled';
  }
  return 'ec/other-public-key';
}

function curveOf(plaintext: Uint8Array | null): Node | undefined {
  const algorithm = fieldsOf(plaintext ?? new Uint8Array())[1];
  return isSequence(algorithm) ? algorithm.value[1] : undefined;
}

function ecFields(plaintext: Uint8Array | null): Node[] {
  return fieldsOf(fromBinary(octetsOf(fieldsOf(plaintext ?? new Uint8Array())[2]) ?? ''));
}

function scalarOf(plaintext: Uint8Array | null): string {
  return octetsOf(ecFields(plaintext)[1]) ?? '';
}

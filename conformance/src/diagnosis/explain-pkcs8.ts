import { fromBinary } from '../oracle/bytes.js';
import { integerOf, isSequence, octetsOf, oid, oidOf, parseDer, tagsOf } from '../oracle/der.js';
import { firstFreedomOfBer } from './ber.js';
import type { DiagnosisId } from './diagnoses.js';
import type { Evidence } from './evidence.js';

/** What stands after the key. */
export function explainTrailing({ plaintext }: Evidence): DiagnosisId {
  const bytes = plaintext ?? new Uint8Array();
  const rest = parseDer(bytes)?.rest ?? bytes;
  const zeros = rest.length < 8 && bytes.length % 8 === 0 && rest.every((byte) => byte === 0);
  if (zeros) return 'pkcs8/zero-tail';
  return /^\r?\n$/.test(Buffer.from(rest).toString('latin1')) ? 'pkcs8/line-feed-after' : 'pkcs8/bytes-after';
}

/** BER, outside or inside, or bytes after the inner key. */
export function explainDer({ plaintext }: Evidence): DiagnosisId {
  const bytes = plaintext ?? new Uint8Array();
  const inner = fromBinary(octetsOf(fieldsOf(bytes)[2]) ?? '');
  return firstFreedomOfBer(bytes) ?? firstFreedomOfBer(inner) ?? 'pkcs8/inner-tail';
}

export function explainVersion({ plaintext }: Evidence): DiagnosisId {
  const [version, , , ...rest] = fieldsOf(plaintext ?? new Uint8Array());
  if (integerOf(version) !== '\x01') return 'pkcs8/version';
  return tagsOf(rest).includes('p1') ? 'pkcs8/public-key-inside' : 'pkcs8/version-1';
}

const ALGORITHMS = new Map<string, DiagnosisId>([
  [oid('1.2.840.113549.1.1.10'), 'pkcs8/rsa-pss'],
  [oid('1.2.840.113549.1.1.7'), 'pkcs8/rsa-oaep'],
  [oid('1.3.132.1.12'), 'pkcs8/ecdh-only'],
  [oid('1.2.840.10040.4.1'), 'pkcs8/dsa'],
  [oid('1.2.840.113549.1.3.1'), 'pkcs8/dsa'],
  ...['1.3.101.110', '1.3.101.111', '1.3.101.112', '1.3.101.113'].map(
    (dotted) => [oid(dotted), 'pkcs8/edwards'] as const,
  ),
]);

export function explainAlgorithm({ plaintext }: Evidence): DiagnosisId {
  const algorithm = fieldsOf(plaintext ?? new Uint8Array())[1];
  const name = isSequence(algorithm) ? oidOf(algorithm.value[0]) : null;
  return ALGORITHMS.get(name ?? '') ?? 'pkcs8/algorithm';
}

/** The fields of the SEQUENCE that the bytes begin with; none where there is none. */
export function fieldsOf(bytes: Uint8Array) {
  const node = parseDer(bytes)?.node;
  return isSequence(node) ? node.value : [];
}

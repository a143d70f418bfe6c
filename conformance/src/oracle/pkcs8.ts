import { type Binary, fromBinary } from './bytes.js';
import {
  integerOf,
  isSequence,
  type Node,
  octetsOf,
  oid,
  oidOf,
  type Parsed,
  parseDer,
  tagged,
  tagsOf,
} from './der.js';
import { nameOfForm } from './other-forms.js';
import type { Report } from './report.js';

export interface Pkcs8 {
  readonly type: 'RSA' | 'EC';
  /** Parameters of the algorithm. */
  readonly parameters: Node | undefined;
  /** The inner value: RSAPrivateKey or ECPrivateKey. Undefined where it is none. */
  readonly key: Node | undefined;
}

const RSA_ENCRYPTION = oid('1.2.840.113549.1.1.1');
const EC_PUBLIC_KEY = oid('1.2.840.10045.2.1');

/** Only these are named in a finding: what stands in the place of an identifier may be anything. */
const OTHER_ALGORITHMS: readonly (readonly [oid: Binary, name: string])[] = [
  [oid('1.2.840.113549.1.1.10'), 'RSASSA-PSS'],
  [oid('1.2.840.113549.1.1.7'), 'RSAES-OAEP'],
  [oid('1.2.840.10040.4.1'), 'DSA'],
  [oid('1.2.840.113549.1.3.1'), 'Diffie-Hellman'],
  [oid('1.3.132.1.12'), 'ECDH only (id-ecDH)'],
  [oid('1.3.101.110'), 'X25519'],
  [oid('1.3.101.111'), 'X448'],
  [oid('1.3.101.112'), 'Ed25519'],
  [oid('1.3.101.113'), 'Ed448'],
];

/** No key is longer: bytes. That of RSA-4096 has about 2400. */
const MAX_TARGET_BYTES = 8192;

/** PrivateKeyInfo (RFC 5208 section 5). Null where there is none, or of another algorithm. */
export function judgePkcs8(plaintext: Uint8Array, report: Report): Pkcs8 | null {
  if (plaintext.length > MAX_TARGET_BYTES) {
    report.check('blob/encoding/form', false, `${plaintext.length} bytes, more than any key has`);
    return null;
  }
  const outer = parseDer(plaintext);
  const info = outer && privateKeyInfo(outer.node);
  if (!report.check('blob/encoding/form', info !== null, info ? 'PKCS#8 PrivateKeyInfo' : nameOfForm(plaintext))) {
    return null;
  }
  if (!outer || !info) return null;

  judgeTrailing(outer.rest, plaintext.length, report);
  const inner = parseDer(fromBinary(info.privateKey));
  judgeDer(outer, inner, report);
  const version = info.version === '\0';
  report.check('blob/encoding/version', version, version ? '0' : info.version === '\x01' ? '1' : 'another version');
  if (info.attributes) report.warn('blob/encoding/attributes', 'attributes: what the service does is not known');
  else report.check('blob/encoding/attributes', true, 'none');

  const type = info.algorithm === RSA_ENCRYPTION ? 'RSA' : info.algorithm === EC_PUBLIC_KEY ? 'EC' : null;
  const name = OTHER_ALGORITHMS.find(([known]) => known === info.algorithm)?.[1] ?? 'an algorithm that is not known';
  report.check('blob/encoding/algorithm', type !== null, type ?? name);
  return type && { type, parameters: info.parameters, key: inner?.node };
}

interface PrivateKeyInfo {
  readonly version: Binary;
  readonly algorithm: Binary;
  readonly parameters: Node | undefined;
  readonly privateKey: Binary;
  readonly attributes: boolean;
}

function privateKeyInfo(node: Node): PrivateKeyInfo | null {
  if (!isSequence(node)) return null;
  const [first, second, third, ...rest] = node.value;
  if (!isSequence(second) || second.value.length > 2) return null;
  const version = integerOf(first);
  const algorithm = oidOf(second.value[0]);
  const privateKey = octetsOf(third);
  if (version === null || algorithm === null || privateKey === null) return null;
  // [1] is the public key of version 1 (RFC 5958), a primitive: then it is the version that is found to be wrong.
  const allowed = version === '\x01' ? ['', '0', '0,p1', 'p1'] : ['', '0'];
  if (!allowed.includes(tagsOf(rest))) return null;
  return { version, algorithm, parameters: second.value[1], privateKey, attributes: tagged(rest, 0) !== undefined };
}

function judgeTrailing(rest: Uint8Array, length: number, report: Report): void {
  const zero = rest.every((byte) => byte === 0);
  if (rest.length > 0 && rest.length < 8 && zero && length % 8 === 0) {
    report.warn(
      'blob/encoding/trailing',
      `${rest.length} zero bytes, as SoftHSM 2.6.1 pads every key to a multiple of 8 before it wraps; OpenSSL passes ` +
        'over them, strict readers refuse them, and what the service does is not known',
    );
  } else {
    const kind = zero ? 'zero bytes, more than padding to a multiple of 8' : 'bytes';
    report.check('blob/encoding/trailing', rest.length === 0, rest.length === 0 ? 'nothing' : `${rest.length} ${kind}`);
  }
}

function judgeDer(outer: Parsed, inner: Parsed | null, report: Report): void {
  const faults = [];
  if (!outer.canonical) faults.push('BER in PrivateKeyInfo');
  if (inner && !inner.canonical) faults.push('BER in the private key');
  if (inner && inner.rest.length > 0) faults.push(`${inner.rest.length} bytes after the private key`);
  report.check('blob/encoding/der', faults.length === 0, faults.length === 0 ? 'DER' : faults.join(', '));
}

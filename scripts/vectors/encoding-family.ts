import { createHash, createPublicKey } from 'node:crypto';
import * as asn1 from '../../conformance/src/making/asn1.js';
import {
  ecKey,
  innerKey,
  publicPoint,
  rsaKey,
  rsaNumbersFrom,
  rsaNumbersOf,
  scalarOf,
} from '../../conformance/src/making/targets.js';
import type { Note, VectorTarget } from '../../conformance/src/vectors/format.js';
import { practiceKey } from '../../test/support/practice-keys.js';
import { type Diagnosed, diagnosedBlobs, diagnosisNotes } from './diagnosed.js';
import { acceptable, type Draft, type DraftFile, hex, invalid, seeded, valid } from './draft.js';
import { describeJwk, plaintextOf, targetOf } from './practice.js';

const PKCS8_RFC = 'https://www.rfc-editor.org/rfc/rfc5208#section-5';
const EC_RFC = 'https://www.rfc-editor.org/rfc/rfc5915#section-3';
const RSA_RFC = 'https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2';

const NOTES: Readonly<Record<string, Note>> = {
  Normal: { bugType: 'BASIC', description: 'A key as OpenSSL writes it.', links: [PKCS8_RFC] },
  OtherSpelling: {
    bugType: 'FUNCTIONALITY',
    description: 'The same key with or without the optional parts of ECPrivateKey.',
    links: [EC_RFC],
  },
  EdgeCaseKey: { bugType: 'EDGE_CASE', description: 'A key with a rare scalar.' },
  ZeroTail: {
    bugType: 'LEGACY',
    description: 'Zero bytes up to a multiple of 8 after the DER, as SoftHSM 2.6.1 wraps every key.',
    effect: 'Strict readers refuse every key of that HSM; the service is not known to.',
  },
  Trailing: {
    bugType: 'MALLEABILITY',
    description: 'Bytes after the key that no HSM puts there.',
    effect: 'Bytes travel that nobody looks at.',
  },
  Truncated: { bugType: 'EDGE_CASE', description: 'A key that is cut short.', effect: 'Code reads beyond its end.' },
  NotDer: {
    bugType: 'MALLEABILITY',
    description: 'BER in place of DER.',
    links: ['https://www.itu.int/rec/T-REC-X.690'],
  },
  OtherForm: { bugType: 'FUNCTIONALITY', description: 'The key in another form than PKCS#8, or in a text.' },
  Structure: {
    bugType: 'FUNCTIONALITY',
    description: 'PKCS#8 whose parts are not those of such a key.',
    links: [PKCS8_RFC],
  },
  Attributes: { bugType: 'CAN_OF_WORMS', description: 'PKCS#8 with attributes; what the service does is not known.' },
  Curve: { bugType: 'MODIFIED_PARAMETER', description: 'A curve that contradicts another one, or is not transferred.' },
  Scalar: {
    bugType: 'WEAK_PARAMS',
    description: 'A scalar of another length than that of the order, or out of range.',
    links: [EC_RFC],
  },
  PublicKey: {
    bugType: 'AUTH_BYPASS',
    description: 'A public key that does not belong to the scalar.',
    effect: 'The vault signs with one key and shows another.',
    links: [EC_RFC],
  },
  CompressedPoint: { bugType: 'CAN_OF_WORMS', description: 'The public key as a compressed point.' },
  RsaNumbers: {
    bugType: 'AUTH_BYPASS',
    description: 'Numbers of an RSA key that do not belong together.',
    effect: 'Signatures are wrong, and may give a prime away.',
    links: [RSA_RFC],
  },
  RsaSize: { bugType: 'WEAK_PARAMS', description: 'A modulus of a size that is not transferred.' },
  AesKey: { bugType: 'BASIC', description: 'The bare bytes of an AES key.' },
  NoAesKey: { bugType: 'FUNCTIONALITY', description: 'Not the bare bytes of an AES key.' },
};

type EncodingDraft = Draft & { readonly encoding: string };

interface EncodingGroup {
  readonly type: 'TargetKeyRead';
  readonly target: VectorTarget;
  readonly tests: readonly EncodingDraft[];
}

export function encodingFamily(): DraftFile {
  const ownStages = ['encoding', 'key-consistency', 'policy'];
  const faults = diagnosedBlobs(2048).filter(
    ({ id, stage, inPlaintext }) => ownStages.includes(stage) && inPlaintext && id !== 'purpose/aes-for-key-vault',
  );
  return {
    schema: 'target-encoding',
    algorithm: 'PKCS#8',
    header: [
      'Test vectors of what is wrapped: a PKCS#8 PrivateKeyInfo in DER for RSA and EC, the bare bytes for AES. `encoding`',
      'is the plaintext of AES-KWP. Whoever reads a valid one finds the public key whose RFC 7638 thumbprint is',
      '`target.thumbprint`. The keys are published: they protect nothing.',
    ],
    notes: { ...NOTES, ...diagnosisNotes(faults.map(({ id }) => id)) },
    testGroups: [
      ...CURVES.flatMap(ecGroups),
      ...([2048, 3072, 4096] as const).map(rsaGroup),
      ...([128, 192, 256] as const).map(aesGroup),
      ...diagnosedGroups(faults),
    ],
  };
}

/** What two rules make alike stands once. */
function group(target: VectorTarget, tests: readonly EncodingDraft[]): EncodingGroup {
  const first = tests.filter(({ encoding }, index) => tests.findIndex((test) => test.encoding === encoding) === index);
  return { type: 'TargetKeyRead', target, tests: first };
}

const concat = (...parts: Uint8Array[]) => Buffer.concat(parts);
const encoded = (bytes: Uint8Array) => ({ encoding: hex(bytes) });
const bad = (comment: string, flag: string, bytes: Uint8Array) => invalid('encoding', comment, flag, encoded(bytes));
const inconsistent = (comment: string, flag: string, bytes: Uint8Array) =>
  invalid('key-consistency', comment, flag, encoded(bytes));

const CURVES = [
  {
    name: 'ec-p256',
    crv: 'P-256',
    oid: '1.2.840.10045.3.1.7',
    bytes: 32,
    order: 2n ** 256n - 2n ** 224n + 2n ** 192n - 0x4319055258e8617b0c46353d039cdaafn,
  },
  {
    name: 'ec-p384',
    crv: 'P-384',
    oid: '1.3.132.0.34',
    bytes: 48,
    order: 2n ** 384n - 0x389cb27e0bc8d220a7e5f24db74f58851313e695333ad68dn,
  },
  {
    name: 'ec-p521',
    crv: 'P-521',
    oid: '1.3.132.0.35',
    bytes: 66,
    order: 2n ** 521n - 0x5ae79787c40d069948033feb708f65a2fc44a36477663b851449048e16ec79bf7n,
  },
  {
    name: 'ec-secp256k1',
    crv: 'secp256k1',
    oid: '1.3.132.0.10',
    bytes: 32,
    order: 2n ** 256n - 0x14551231950b75fc4402da1732fc9bebfn,
  },
] as const;
type CurveFacts = (typeof CURVES)[number];

/** What both kinds of PKCS#8 can have wrong around and behind them. */
function around(right: Buffer): EncodingDraft[] {
  const toBlock = (8 - (right.length % 8)) % 8;
  const aligned =
    toBlock === 0
      ? []
      : [
          acceptable(
            'encoding',
            `${toBlock} zero bytes after it, up to a multiple of 8`,
            'ZeroTail',
            encoded(concat(right, Buffer.alloc(toBlock))),
          ),
        ];
  const lengths = [0, 1, 2, 3, 10, 20, right.length >> 1, right.length - 16, right.length - 1];
  const [head, body] = [right[0] ?? 0, right.subarray(right[1] === 0x82 ? 4 : right[1] === 0x81 ? 3 : 2)];
  return [
    ...aligned,
    bad('one zero byte after it', 'Trailing', concat(right, Buffer.alloc(toBlock === 1 ? 2 : 1))),
    bad('zero bytes up to a multiple of 8, and 8 more', 'Trailing', concat(right, Buffer.alloc(toBlock + 8))),
    bad('the byte 01 after it', 'Trailing', concat(right, Buffer.of(1))),
    bad('a line feed after it', 'Trailing', concat(right, Buffer.of(10))),
    bad('the key twice', 'Trailing', concat(right, right)),
    bad(
      'PKCS#7 padding after it',
      'Trailing',
      concat(right, Buffer.alloc(8 - (right.length % 8), 8 - (right.length % 8))),
    ),
    ...[...new Set(lengths)]
      .filter((length) => ![16, 24, 32].includes(length))
      .map((length) => bad(`the first ${length} of ${right.length} bytes`, 'Truncated', right.subarray(0, length))),
    bad('the first byte is missing', 'Truncated', right.subarray(1)),
    bad('a zero byte before it', 'Structure', concat(Buffer.of(0), right)),
    bad('an indefinite length', 'NotDer', concat(Buffer.of(head, 0x80), body, Buffer.alloc(2))),
    bad(
      'a length in three bytes',
      'NotDer',
      concat(Buffer.of(head, 0x83, 0, body.length >> 8, body.length & 255), body),
    ),
    bad('a length of a byte less', 'Structure', concat(lengthened(head, body.length - 1), body)),
    bad('a length of a byte more', 'Structure', concat(lengthened(head, body.length + 1), body)),
    bad('SET in place of SEQUENCE', 'Structure', concat(Buffer.of(0x31), right.subarray(1))),
    bad('hex digits', 'OtherForm', Buffer.from(hex(right))),
    bad('base64', 'OtherForm', Buffer.from(right.toString('base64'))),
    bad('base64url', 'OtherForm', Buffer.from(right.toString('base64url'))),
    bad('inside one more OCTET STRING', 'OtherForm', asn1.octets(right)),
    bad('the bytes in reverse', 'OtherForm', Buffer.from(right).reverse()),
    bad('zeros', 'OtherForm', Buffer.alloc(right.length)),
  ];
}

function lengthened(tag: number, length: number): Buffer {
  return length > 255
    ? Buffer.of(tag, 0x82, length >> 8, length & 255)
    : length > 127
      ? Buffer.of(tag, 0x81, length)
      : Buffer.of(tag, length);
}

/** The key in forms that OpenSSL writes. */
function otherForms(name: 'rsa-2048' | 'rsa-3072' | 'rsa-4096' | CurveFacts['name'], right: Buffer): EncodingDraft[] {
  const key = practiceKey(name);
  const isRsa = name.startsWith('rsa');
  const publicKey = createPublicKey(key);
  return [
    bad(isRsa ? 'PKCS#1' : 'SEC 1', 'OtherForm', innerKey(right)),
    bad('PEM', 'OtherForm', Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }))),
    bad('a JWK', 'OtherForm', Buffer.from(JSON.stringify(key.export({ format: 'jwk' })))),
    bad('the public key, SPKI', 'OtherForm', publicKey.export({ type: 'spki', format: 'der' })),
  ];
}

function ecGroups(curve: CurveFacts): EncodingGroup[] {
  const { name, crv, bytes, order } = curve;
  const right = plaintextOf(name);
  const scalar = scalarOf(right);
  const parts = partsOf(curve);
  const { written, algorithm, named } = parts;
  const point = parts.point(scalar);
  const other = CURVES.find(({ crv: candidate }) => candidate !== crv) ?? CURVES[0];
  const otherOid = asn1.objectId(other.oid);
  const compressed = Buffer.of(2 + ((point.at(-1) ?? 0) & 1), ...point.subarray(1, 1 + bytes));
  const [pointPart, wrongPoint] = [asn1.context(1, asn1.bits(point)), parts.point(asBytes(5n, bytes))];
  const tests: EncodingDraft[] = [
    valid('as OpenSSL writes it', 'Normal', encoded(right)),
    ...spellings(curve, scalar),
    ...around(right),
    ...otherForms(name, right),
    acceptable(
      'key-consistency',
      'a compressed public key',
      'CompressedPoint',
      encoded(written(scalar, asn1.context(1, asn1.bits(compressed)))),
    ),
    acceptable(
      'encoding',
      'empty attributes',
      'Attributes',
      encoded(asn1.pkcs8(algorithm, ecKey(scalar), 0n, asn1.context(0))),
    ),
    bad('version 1 of PKCS#8', 'Structure', asn1.pkcs8(algorithm, ecKey(scalar), 1n)),
    bad('version 2 of PKCS#8', 'Structure', asn1.pkcs8(algorithm, ecKey(scalar), 2n)),
    bad('NULL after the key', 'Structure', asn1.pkcs8(algorithm, ecKey(scalar), 0n, asn1.NULL)),
    bad('bytes behind ECPrivateKey', 'Structure', asn1.pkcs8(algorithm, concat(ecKey(scalar), Buffer.alloc(2)))),
    bad('no ECPrivateKey', 'Structure', asn1.pkcs8(algorithm, Buffer.alloc(0))),
    bad('the bare scalar inside', 'Structure', asn1.pkcs8(algorithm, scalar)),
    bad('the scalar as OCTET STRING inside', 'Structure', asn1.pkcs8(algorithm, asn1.octets(scalar))),
    bad(
      'ECPrivateKey of version 0',
      'Structure',
      asn1.pkcs8(algorithm, asn1.sequence(asn1.integer(0n), asn1.octets(scalar))),
    ),
    bad(
      'ECPrivateKey of version 2',
      'Structure',
      asn1.pkcs8(algorithm, asn1.sequence(asn1.integer(2n), asn1.octets(scalar))),
    ),
    bad('the scalar as INTEGER', 'Structure', asn1.pkcs8(algorithm, asn1.sequence(asn1.integer(1n), asn1.integer(7n)))),
    bad('parameters under a primitive tag', 'Structure', written(scalar, asn1.tlv(0x80, named))),
    bad('public key before parameters', 'Structure', written(scalar, pointPart, asn1.context(0, named))),
    bad('a field [2]', 'Structure', written(scalar, asn1.context(2, asn1.NULL))),
    bad('id-ecDH', 'Structure', asn1.pkcs8([asn1.objectId('1.3.132.1.12'), named], ecKey(scalar))),
    bad('rsaEncryption', 'Structure', asn1.pkcs8([asn1.RSA_ENCRYPTION, asn1.NULL], ecKey(scalar))),
    bad('no curve', 'Curve', asn1.pkcs8([asn1.EC_PUBLIC_KEY], ecKey(scalar))),
    bad('NULL in place of the curve', 'Curve', asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.NULL], ecKey(scalar))),
    bad('the curve inside alone', 'Curve', asn1.pkcs8([asn1.EC_PUBLIC_KEY], ecKey(scalar, asn1.context(0, named)))),
    bad('another curve inside', 'Curve', written(scalar, asn1.context(0, otherOid))),
    invalid(
      'policy',
      'brainpoolP256r1',
      'Curve',
      encoded(asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.BRAINPOOL_P256R1], ecKey(scalar))),
    ),
    invalid(
      'policy',
      'P-224',
      'Curve',
      encoded(asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.objectId('1.3.132.0.33')], ecKey(scalar))),
    ),
    bad('a scalar of a byte less', 'Scalar', written(scalar.subarray(1))),
    bad('a scalar with a zero byte before it', 'Scalar', written(concat(Buffer.of(0), scalar))),
    bad('no scalar', 'Scalar', written(Buffer.alloc(0), asn1.context(0, named))),
    inconsistent('the scalar 0', 'Scalar', written(Buffer.alloc(bytes))),
    inconsistent('the order as scalar', 'Scalar', written(asBytes(order, bytes))),
    inconsistent('the order and 1 as scalar', 'Scalar', written(asBytes(order + 1n, bytes))),
    inconsistent('ff as scalar', 'Scalar', written(Buffer.alloc(bytes, 0xff))),
    inconsistent(
      'the public key of another scalar',
      'PublicKey',
      written(scalar, asn1.context(1, asn1.bits(wrongPoint))),
    ),
    inconsistent(
      'the point with the other y',
      'PublicKey',
      written(scalar, asn1.context(1, asn1.bits(parts.point(asBytes(order - asNumber(scalar), bytes))))),
    ),
    inconsistent(
      'the point without its first byte',
      'PublicKey',
      written(scalar, asn1.context(1, asn1.bits(point.subarray(1)))),
    ),
    inconsistent(
      'the point in hybrid form',
      'PublicKey',
      written(scalar, asn1.context(1, asn1.bits(concat(Buffer.of(6 + ((point.at(-1) ?? 0) & 1)), point.subarray(1))))),
    ),
    inconsistent('the point at infinity', 'PublicKey', written(scalar, asn1.context(1, asn1.bits(Buffer.of(0))))),
    inconsistent('an OCTET STRING of the point', 'PublicKey', written(scalar, asn1.context(1, asn1.octets(point)))),
    inconsistent(
      'x and y exchanged',
      'PublicKey',
      written(
        scalar,
        asn1.context(1, asn1.bits(concat(Buffer.of(4), point.subarray(1 + bytes), point.subarray(1, 1 + bytes)))),
      ),
    ),
  ];
  return [group(targetOf(name), tests), ...rareKeys(curve)];
}

function partsOf({ crv, oid }: CurveFacts) {
  const named = asn1.objectId(oid);
  const algorithm = [asn1.EC_PUBLIC_KEY, named];
  return {
    named,
    algorithm,
    /** PKCS#8 of a scalar and what stands after it in ECPrivateKey. */
    written: (scalar: Uint8Array, ...rest: Uint8Array[]) => asn1.pkcs8(algorithm, ecKey(scalar, ...rest)),
    point: (scalar: Uint8Array) => publicPoint(crv, scalar),
  };
}

function spellings(curve: CurveFacts, scalar: Buffer): EncodingDraft[] {
  const { written, named, point } = partsOf(curve);
  const [parameters, publicKey] = [asn1.context(0, named), asn1.context(1, asn1.bits(point(scalar)))];
  const spelt = (comment: string, bytes: Buffer) => valid(comment, 'OtherSpelling', encoded(bytes));
  return [
    spelt('the scalar alone', written(scalar)),
    spelt('with the curve inside', written(scalar, parameters)),
    spelt('with the public key', written(scalar, publicKey)),
    spelt('with curve and public key', written(scalar, parameters, publicKey)),
  ];
}

/** Each in a group of its own, since its public key is another. */
function rareKeys(curve: CurveFacts): EncodingGroup[] {
  const { bytes, order, crv } = curve;
  const seeds = [1, 2, 3].map((run) => (asNumber(seeded(`scalar ${crv} ${run}`, bytes + 8)) % (order - 1n)) + 1n);
  const rare: readonly (readonly [comment: string, scalar: bigint])[] = [
    ['the scalar 1', 1n],
    ['the scalar 2', 2n],
    ['a scalar of one byte', 255n],
    ['a scalar that begins with zero bytes', asNumber(seeded(`short ${crv}`, bytes - 3))],
    ['the order less 1', order - 1n],
    ['half the order', order >> 1n],
    ...seeds.map((scalar, index) => [`a random scalar (${index + 1})`, scalar] as const),
  ];
  return rare.map(([comment, value]) => {
    const scalar = asBytes(value, bytes);
    const tests = spellings(curve, scalar).map(({ encoding, comment: spelling }) =>
      valid(`${comment}: ${spelling}`, 'EdgeCaseKey', { encoding }),
    );
    const point = partsOf(curve).point(scalar);
    const x = point.subarray(1, 1 + bytes).toString('base64url');
    const y = point.subarray(1 + bytes).toString('base64url');
    const jwk = createPublicKey({ key: { kty: 'EC', crv, x, y }, format: 'jwk' }).export({ format: 'jwk' });
    return group(describeJwk(jwk), tests);
  });
}

function rsaGroup(size: 2048 | 3072 | 4096): EncodingGroup {
  const name = `rsa-${size}` as const;
  const right = plaintextOf(name);
  const numbers = rsaNumbersOf(right);
  const { n, e, d, p, q, dP, dQ, qInv } = numbers;
  const key = innerKey(right);
  const algorithm = [asn1.RSA_ENCRYPTION, asn1.NULL];
  const changed = (changes: Partial<typeof numbers>) => rsaKey({ ...numbers, ...changes });
  const needless = (value: bigint) => asn1.tlv(0x02, Buffer.of(0), asn1.integer(value).subarray(2));
  const structural: EncodingDraft[] = [
    bad('no parameters', 'Structure', rsaKey({ ...numbers, algorithm: [asn1.RSA_ENCRYPTION] })),
    bad(
      'an OBJECT IDENTIFIER as parameters',
      'Structure',
      rsaKey({ ...numbers, algorithm: [asn1.RSA_ENCRYPTION, asn1.P256] }),
    ),
    bad('RSASSA-PSS', 'Structure', rsaKey({ ...numbers, algorithm: [asn1.RSA_PSS] })),
    bad('RSAES-OAEP', 'Structure', rsaKey({ ...numbers, algorithm: [asn1.objectId('1.2.840.113549.1.1.7')] })),
    bad('id-ecPublicKey', 'Structure', rsaKey({ ...numbers, algorithm: [asn1.EC_PUBLIC_KEY, asn1.P256] })),
    bad('version 1 of PKCS#8', 'Structure', asn1.pkcs8(algorithm, key, 1n)),
    bad('bytes behind RSAPrivateKey', 'Structure', asn1.pkcs8(algorithm, concat(key, Buffer.alloc(2)))),
    bad('no RSAPrivateKey', 'Structure', asn1.pkcs8(algorithm, Buffer.alloc(0))),
    bad('RSAPublicKey inside', 'Structure', asn1.pkcs8(algorithm, asn1.sequence(asn1.integer(n), asn1.integer(e)))),
    bad('no coefficient', 'Structure', rsaKey({ ...numbers, raw: { qInv: Buffer.alloc(0) } })),
    bad('one integer more', 'Structure', rsaKey({ ...numbers, rest: asn1.integer(1n) })),
    bad('RSAPrivateKey of version 1', 'Structure', rsaKey({ ...numbers, version: 1n })),
    bad('RSAPrivateKey of version 2', 'Structure', rsaKey({ ...numbers, version: 2n })),
    bad(
      'a negative modulus',
      'Structure',
      rsaKey({ ...numbers, raw: { n: asn1.tlv(0x02, Buffer.from(n.toString(16), 'hex')) } }),
    ),
    bad('an integer without bytes', 'Structure', rsaKey({ ...numbers, raw: { d: Buffer.of(2, 0) } })),
    bad('a needless zero byte before the exponent', 'NotDer', rsaKey({ ...numbers, raw: { e: needless(e) } })),
    bad('n, e and d, and zeros', 'Structure', changed({ p: 0n, q: 0n, dP: 0n, dQ: 0n, qInv: 0n })),
    acceptable('encoding', 'empty attributes', 'Attributes', encoded(asn1.pkcs8(algorithm, key, 0n, asn1.context(0)))),
  ];
  const numeric: EncodingDraft[] = [
    inconsistent('another modulus', 'RsaNumbers', changed({ n: n + 2n })),
    inconsistent('an even modulus', 'RsaNumbers', changed({ n: n - 1n })),
    inconsistent('another public exponent', 'RsaNumbers', changed({ e: e + 2n })),
    inconsistent('an even public exponent', 'RsaNumbers', changed({ e: e + 1n })),
    inconsistent(
      'the private exponent and 2',
      'RsaNumbers',
      changed({ d: d + 2n, dP: (d + 2n) % (p - 1n), dQ: (d + 2n) % (q - 1n) }),
    ),
    inconsistent('a private exponent above the modulus', 'RsaNumbers', changed({ d: d + (p - 1n) * (q - 1n) })),
    inconsistent('public and private exponent exchanged, CRT values kept', 'RsaNumbers', changed({ d: e, e: 3n })),
    inconsistent('another first prime', 'RsaNumbers', changed({ p: p + 2n })),
    inconsistent('the first prime twice', 'RsaNumbers', changed({ q: p, n: p * p })),
    inconsistent('1 and the modulus as primes', 'RsaNumbers', changed({ p: n, q: 3n })),
    inconsistent('another exponent1', 'RsaNumbers', changed({ dP: dP + 2n })),
    inconsistent('another exponent2', 'RsaNumbers', changed({ dQ: dQ - 2n })),
    inconsistent('exponent1 and exponent2 exchanged', 'RsaNumbers', changed({ dP: dQ, dQ: dP })),
    inconsistent('exponent1 not reduced', 'RsaNumbers', changed({ dP: dP + p - 1n })),
    inconsistent('another coefficient', 'RsaNumbers', changed({ qInv: qInv + 1n })),
    inconsistent('a coefficient not reduced', 'RsaNumbers', changed({ qInv: qInv + p })),
    inconsistent('the primes exchanged, all else kept', 'RsaNumbers', changed({ p: q, q: p })),
    inconsistent('the coefficient of exchanged primes', 'RsaNumbers', changed({ p: q, q: p, dP: dQ, dQ: dP })),
  ];
  const sizes: EncodingDraft[] = [
    ['1128 bits', [521n, 607n]],
    ['3482 bits', [1279n, 2203n]],
    ['4484 bits', [2203n, 2281n]],
  ].map(([comment, exponents]) => {
    const [first = 0n, second = 0n] = exponents as bigint[];
    const mersenne = rsaNumbersFrom(2n ** first - 1n, 2n ** second - 1n);
    return invalid('policy', `a modulus of ${comment}`, 'RsaSize', encoded(rsaKey(mersenne)));
  });
  const exchanged = rsaNumbersFrom(q, p, e);
  return group(targetOf(name), [
    valid('as OpenSSL writes it', 'Normal', encoded(right)),
    valid(
      'the primes exchanged, and all that follows from them',
      'OtherSpelling',
      encoded(rsaKey({ ...exchanged, d })),
    ),
    ...around(right),
    ...otherForms(name, right),
    ...structural,
    ...(size === 4096 ? [] : numeric),
    ...(size === 2048 ? sizes : []),
  ]);
}

function aesGroup(bits: 128 | 192 | 256): EncodingGroup {
  const bytes = bits / 8;
  const key = plaintextOf(`aes-${bits}`);
  const right = (comment: string, value: Uint8Array) => valid(comment, 'AesKey', encoded(value));
  const wrong = (comment: string, value: Uint8Array) => bad(comment, 'NoAesKey', value);
  const jwk = JSON.stringify({ kty: 'oct', k: key.toString('base64url') });
  return group(targetOf(`aes-${bits}`), [
    right('the practice key', key),
    right('zeros', Buffer.alloc(bytes)),
    right('ff', Buffer.alloc(bytes, 0xff)),
    ...Array.from({ length: 6 }, (_, run) => right('random', seeded(`aes ${bits} ${run}`, bytes))),
    right('the start of a DER SEQUENCE', concat(Buffer.of(0x30, bytes - 2), seeded(`der ${bits}`, bytes - 2))),
    wrong('a byte less', key.subarray(1)),
    wrong('a byte more', concat(key, Buffer.of(1))),
    wrong('a zero byte more', concat(key, Buffer.of(0))),
    wrong('nothing but one byte', key.subarray(0, 1)),
    wrong('8 bytes', key.subarray(0, 8)),
    wrong('hex digits', Buffer.from(hex(key))),
    wrong('hex digits in capitals', Buffer.from(hex(key).toUpperCase())),
    wrong('hex digits with a line feed', Buffer.from(`${hex(key)}\n`)),
    wrong('hex digits after 0x', Buffer.from(`0x${hex(key)}`)),
    wrong('base64', Buffer.from(key.toString('base64'))),
    wrong('a JWK', Buffer.from(jwk)),
    wrong('an OCTET STRING', asn1.octets(key)),
    wrong('PKCS#8 of AES', asn1.pkcs8([asn1.objectId('2.16.840.1.101.3.4.1')], asn1.octets(key))),
    wrong('the key and its SHA-256', concat(key, createHash('sha256').update(key).digest())),
  ]);
}

/** The plaintexts of the diagnoses of these stages: one group for each key. */
function diagnosedGroups(faults: readonly Diagnosed[]): EncodingGroup[] {
  const byTarget = new Map<string, Diagnosed[]>();
  for (const fault of faults) {
    const key = JSON.stringify(fault.target);
    byTarget.set(key, [...(byTarget.get(key) ?? []), fault]);
  }
  return [...byTarget.values()].map((some) =>
    group(
      some[0]?.target ?? targetOf('ec-p256'),
      some.map(({ draft, plaintext }) => ({ ...draft, ...encoded(plaintext) })),
    ),
  );
}

function asNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x0${hex(bytes)}`);
}

function asBytes(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');
}

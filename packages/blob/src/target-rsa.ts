import { createPrivateKey, sign, verify } from 'node:crypto';
import { bitLength, viewOf } from './bytes.js';
import { DerReader } from './der.js';
import { checkedRsaJwk, publicKeyObject, type RsaPublicJwk } from './jwk.js';
import type { Pkcs8 } from './pkcs8.js';
import { algorithmName, RSA_ENCRYPTION } from './spki.js';
import type { TargetRefusals } from './target-key.js';

const BITS = [2048, 3072, 4096];

/** RSAPrivateKey of RFC 8017 appendix A.1.2, two primes; its members in their order. */
const MEMBERS = [
  'modulus',
  'publicExponent',
  'privateExponent',
  'prime1',
  'prime2',
  'exponent1',
  'exponent2',
  'coefficient',
] as const;

type Member = (typeof MEMBERS)[number];

/** Reads an RSA key out of PKCS#8 and proves its eight numbers to belong together. */
export function readRsaPrivateKey(pkcs8: Pkcs8, refusals: TargetRefusals): RsaPublicJwk {
  const { encoding, inconsistent, unsupported } = refusals;
  if (pkcs8.algorithm !== RSA_ENCRYPTION) encoding(`expected an RSA key, found ${algorithmName(pkcs8.algorithm)}`);
  pkcs8.parameters.null('algorithm parameters');
  pkcs8.parameters.end('algorithm');
  const integers = readIntegers(pkcs8.privateKey, refusals);
  const bits = bitLength(integers.modulus);
  if (!BITS.includes(bits)) unsupported(`expected a modulus of 2048, 3072 or 4096 bits, found ${bits}`);
  const exponentBits = bitLength(integers.publicExponent);
  if (exponentBits > 64) unsupported(`expected a public exponent of at most 64 bits, found ${exponentBits}`);
  for (const name of MEMBERS) {
    if (integers[name].every((byte) => byte === 0)) encoding(`${name}: expected a number, found 0`);
    if (integers[name].length > bits / 8) inconsistent(`${name}: expected at most ${bits} bits, found more`);
  }
  const broken = brokenRule(integers);
  if (broken !== null) inconsistent(`the numbers of the RSA key do not belong together: expected ${broken}`);
  if (exponentBits < 2) unsupported('expected a public exponent of at least 3, found 1');
  const jwk = checkedRsaJwk(integers.modulus, integers.publicExponent, encoding);
  if (!signsUnder(pkcs8.der, jwk)) inconsistent('a signature by the RSA key does not verify: its primes are not prime');
  return jwk;
}

function readIntegers(der: Uint8Array, { encoding, otherForm }: TargetRefusals): Record<Member, Uint8Array> {
  const outer = new DerReader(der, encoding);
  const key = outer.sequence('RSAPrivateKey');
  outer.end('after RSAPrivateKey');
  const version = key.integer('RSAPrivateKey.version');
  if (version.length === 1 && version[0] === 1) otherForm('expected an RSA key of two primes, found one of more');
  if (version.length !== 1 || version[0] !== 0) encoding('RSAPrivateKey.version: expected 0, found another');
  const integers = Object.fromEntries(MEMBERS.map((name) => [name, key.integer(name)])) as Record<Member, Uint8Array>;
  key.end('RSAPrivateKey');
  return integers;
}

/** RFC 8017 section 3.2 as equations; the first one that does not hold, or null. */
function brokenRule(integers: Readonly<Record<Member, Uint8Array>>): string | null {
  const [n, e, d, p, q, dp, dq, qi] = MEMBERS.map((name) => bigIntOf(integers[name])) as EightNumbers;
  const rules: [rule: string, holds: () => boolean][] = [
    ['p and q odd, greater than 1 and different', () => p > 1n && q > 1n && p % 2n === 1n && q % 2n === 1n && p !== q],
    ['n = p * q', () => n === p * q],
    ['d below n', () => d < n],
    ['e * d = 1 mod p - 1', () => (e * d) % (p - 1n) === 1n],
    ['e * d = 1 mod q - 1', () => (e * d) % (q - 1n) === 1n],
    ['dP = d mod p - 1', () => dp === d % (p - 1n)],
    ['dQ = d mod q - 1', () => dq === d % (q - 1n)],
    ['qInv = 1/q mod p', () => qi < p && (qi * q) % p === 1n],
  ];
  return rules.find(([, holds]) => !holds())?.[0] ?? null;
}

type EightNumbers = [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];

/** By words of 8 bytes, so that no secret number becomes a string. */
function bigIntOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes.subarray(0, bytes.length % 8)) value = (value << 8n) | BigInt(byte);
  const words = new DataView(bytes.buffer, bytes.byteOffset + (bytes.length % 8), bytes.length - (bytes.length % 8));
  for (let at = 0; at < words.byteLength; at += 8) value = (value << 64n) | words.getBigUint64(at);
  return value;
}

/** The equations leave open whether p and q are prime; a signature that verifies does not. */
function signsUnder(pkcs8: Uint8Array, jwk: RsaPublicJwk): boolean {
  const message = Buffer.from('Keyferry: do these numbers make an RSA key?');
  try {
    const key = createPrivateKey({ key: viewOf(pkcs8), format: 'der', type: 'pkcs8' });
    return verify('sha256', message, publicKeyObject(jwk), sign('sha256', message, key));
  } catch {
    // OpenSSL notices some of these keys by itself.
    return false;
  }
}

import type { RSA } from '../../diagnosis/table/rsa.js';
import type { RsaNumbers } from '../../oracle/rsa-numbers.js';
import * as asn1 from '../asn1.js';
import { innerKey, inverse, type RsaKeyParts, rsaKey, rsaNumbersFrom, rsaNumbersOf, withExponent } from '../targets.js';
import type { Fault } from './fault.js';

/** The practice key of 2048 bits with something changed. */
const rsa =
  (change: (numbers: RsaNumbers) => Partial<RsaKeyParts>): Fault =>
  ({ target }) => {
    const numbers = rsaNumbersOf(target('rsa-2048'));
    return { target: rsaKey({ ...numbers, ...change(numbers) }) };
  };
/** A Mersenne prime: the primes of sizes that no practice key has. */
const mersenne = (bits: bigint) => (1n << bits) - 1n;
const sized = (p: bigint, q: bigint): Fault => rsa(() => rsaNumbersFrom(mersenne(p), mersenne(q)));

/** The largest prime of 1024 bits: with it a modulus of 2048 bits becomes one of exactly 3072, whatever it is. */
const THIRD_PRIME = 2n ** 1024n - 105n;

export const RSA_FAULTS: Readonly<Record<keyof typeof RSA, Fault>> = {
  'rsa/parameters-missing': rsa(() => ({ algorithm: [asn1.RSA_ENCRYPTION] })),
  'rsa/parameters': rsa(() => ({ algorithm: [asn1.RSA_ENCRYPTION, asn1.P256] })),
  'rsa/holds-ec': ({ target }) => ({
    target: asn1.pkcs8([asn1.RSA_ENCRYPTION, asn1.NULL], innerKey(target('ec-p256'))),
  }),
  'rsa/n-e-d-only': rsa(() => {
    const none = Buffer.alloc(0);
    return { raw: { p: none, q: none, dP: none, dQ: none, qInv: none } };
  }),
  'rsa/zero-crt': rsa(() => ({ p: 0n, q: 0n, dP: 0n, dQ: 0n, qInv: 0n })),
  'rsa/negative': rsa(({ n }) => ({ raw: { n: asn1.tlv(0x02, Buffer.from(n.toString(16), 'hex')) } })),
  'rsa/structure': rsa(() => ({ raw: { qInv: Buffer.alloc(0) } })),
  'rsa/multi-prime': ({ target }) => {
    const two = rsaNumbersOf(target('rsa-2048'));
    const [n, e, r] = [two.n * THIRD_PRIME, two.e, THIRD_PRIME];
    const d = inverse(e, (two.p - 1n) * (two.q - 1n) * (r - 1n));
    const third = asn1.sequence(...[r, d % (r - 1n), inverse(two.n % r, r)].map(asn1.integer));
    return { target: rsaKey({ ...two, n, d, version: 1n, rest: asn1.sequence(third) }) };
  },
  'rsa/version-1': rsa(() => ({ version: 1n })),
  'rsa/modulus': rsa(({ n }) => ({ n: n + 2n })),
  'rsa/private-exponent-range': rsa(({ d, p, q }) => ({ d: d + (p - 1n) * (q - 1n) })),
  'rsa/private-exponent': rsa(({ d, p, q }) => ({ d: d + 2n, dP: (d + 2n) % (p - 1n), dQ: (d + 2n) % (q - 1n) })),
  'rsa/crt-exchanged': rsa(({ p, q }) => ({ p: q, q: p })),
  'rsa/crt': rsa(({ dP }) => ({ dP: dP + 2n })),
  'rsa/too-small': sized(521n, 607n),
  'rsa/too-large': sized(2203n, 2281n),
  'rsa/size': sized(1279n, 2203n),
  'rsa/exponent-one': rsa(() => ({ e: 1n, d: 1n, dP: 1n, dQ: 1n })),
  'rsa/exponent-even': rsa(() => ({ e: 65536n })),
  'rsa/exponent-large': rsa(({ d, e }) => ({ e: d, d: e, dP: e, dQ: e })),
  'rsa/exponent-unusual': rsa(withExponent),
};

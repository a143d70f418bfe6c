import fc from 'fast-check';
import * as asn1 from '../../src/making/asn1.js';
import { ecKey } from '../../src/making/targets.js';
import { plaintextOf } from './keys.js';

const RSA = ['rsa-2048', 'rsa-3072', 'rsa-4096'] as const;
const CURVES = [
  [32, '06082a8648ce3d030107'],
  [48, '06052b81040022'],
  [66, '06052b81040023'],
  [32, '06052b8104000a'],
] as const;

/** Scalars below 2^(8 * bytes - 9), and so below the order of every curve. */
const ecTarget = fc.constantFrom(...CURVES).chain(([bytes, oid]) =>
  fc.uint8Array({ minLength: bytes - 2, maxLength: bytes - 2 }).map((low) => {
    const scalar = Buffer.concat([Buffer.of(0, 1), low]);
    return asn1.pkcs8([asn1.EC_PUBLIC_KEY, Buffer.from(oid, 'hex')], ecKey(scalar));
  }),
);

const octTarget = fc
  .constantFrom(16, 24, 32)
  .chain((bytes) => fc.uint8Array({ minLength: bytes, maxLength: bytes }))
  .map((bytes) => Buffer.from(bytes));

/** RSA keys come from the practice keys, all others are made of random numbers. */
export const anyTarget = fc.oneof(fc.constantFrom(...RSA).map(plaintextOf), ecTarget, octTarget);

const kinds = ['flip', 'set', 'insert', 'remove', 'cut', 'append'] as const;

/** A right target with one thing changed, most often near the start, where the structure is. */
export const mutatedTarget = fc
  .tuple(
    fc.oneof(fc.constantFrom('rsa-2048', 'ec-p256', 'ec-p384', 'ec-p521', 'ec-secp256k1').map(plaintextOf), ecTarget),
    fc.constantFrom(...kinds),
    fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 2000 })),
    fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 0x30, 0x80, 0x81, 0xa0, 0xa1, 0xff), fc.nat({ max: 255 })),
  )
  .map(([target, kind, place, byte]) => mutated(target, kind, place % target.length, byte));

function mutated(target: Buffer, kind: (typeof kinds)[number], at: number, byte: number): Buffer {
  const [before, found = 0, after] = [target.subarray(0, at), target[at], target.subarray(at + 1)];
  switch (kind) {
    case 'flip':
      return Buffer.concat([before, Buffer.of(found ^ (1 << (byte % 8))), after]);
    case 'set':
      return Buffer.concat([before, Buffer.of(byte), after]);
    case 'insert':
      return Buffer.concat([before, Buffer.of(byte, found), after]);
    case 'remove':
      return Buffer.concat([before, after]);
    case 'cut':
      return Buffer.from(before);
    case 'append':
      return Buffer.concat([target, Buffer.alloc((at % 9) + 1, byte)]);
  }
}

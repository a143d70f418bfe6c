import type { ErrorCode } from '@keyferry/errors';
import test from 'ava';
import type { RsaPublicJwk } from '../src/jwk.js';
import { rsaPublicJwk } from '../src/jwk.js';
import type { Kek, KekAttributes } from '../src/kek.js';
import { readKek } from '../src/kek-reading.js';
import { checkKek } from '../src/kek-rules.js';
import { refusal } from './support/refusal.js';
import { json, KEK_SIZES, KID, kekDer, kekJwk } from './support/samples.js';

const NOW = new Date('2026-11-23T22:00:00Z');
const SECONDS = NOW.getTime() / 1000;

function kek(key: RsaPublicJwk, keyOps: readonly string[] = ['import'], attributes: Partial<KekAttributes> = {}): Kek {
  return readKek(
    json({
      key: { ...key, kid: KID, kty: 'RSA-HSM', key_ops: keyOps },
      attributes: { enabled: true, ...attributes },
    }),
  );
}

const modulus = (bits: number) => {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xff);
  bytes[0] = 0xff >> ((8 - (bits % 8)) % 8);
  return bytes;
};
const ofBits = (bits: number) => rsaPublicJwk(modulus(bits), Buffer.from([1, 0, 1]));
const ofExponent = (hex: string) => rsaPublicJwk(modulus(2048), Buffer.from(hex, 'hex'));
const good = kekJwk(2048);

const BROKEN: readonly [what: string, kek: () => Kek, code: ErrorCode, reason: RegExp][] = [
  ['1024 bits', () => kek(ofBits(1024)), 'KEK_SIZE', /expected 2048, 3072 or 4096 bits, found 1024/],
  ['2047 bits', () => kek(ofBits(2047)), 'KEK_SIZE', /2047/],
  ['2049 bits', () => kek(ofBits(2049)), 'KEK_SIZE', /2049/],
  ['8192 bits', () => kek(ofBits(8192)), 'KEK_SIZE', /8192/],
  ['exponent 3', () => kek(ofExponent('03')), 'KEK_EXPONENT', /expected 65537, found 3$/],
  ['exponent 65536', () => kek(ofExponent('010000')), 'KEK_EXPONENT', /65536/],
  ['an exponent of 64 bits', () => kek(ofExponent('ffffffffffffffff')), 'KEK_EXPONENT', /64 bits/],
  ['no operations', () => kek(good, []), 'KEK_OPS_NOT_IMPORT_ONLY', /expected \["import"\], found \[\]/],
  ['a further operation', () => kek(good, ['import', 'decrypt']), 'KEK_OPS_NOT_IMPORT_ONLY', /decrypt/],
  ['import twice', () => kek(good, ['import', 'import']), 'KEK_OPS_NOT_IMPORT_ONLY', /import/],
  ['Import with a capital', () => kek(good, ['Import']), 'KEK_OPS_NOT_IMPORT_ONLY', /Import/],
  ['enabled false', () => kek(good, ['import'], { enabled: false }), 'KEK_DISABLED', /disabled/],
  ['an end at this second', () => kek(good, ['import'], { exp: SECONDS }), 'KEK_EXPIRED', /until 2026-11-23T22:00:00/],
  ['an end long ago', () => kek(good, ['import'], { exp: 0 }), 'KEK_EXPIRED', /until 1970/],
  ['a start in a second', () => kek(good, ['import'], { nbf: SECONDS + 1 }), 'KEK_NOT_YET_VALID', /22:00:01/],
];

for (const [what, make, code, reason] of BROKEN) {
  test(`a KEK with ${what} breaks a rule: ${code}`, (t) => {
    const error = refusal(() => checkKek(make(), NOW));
    t.is(error.code, code);
    t.regex(error.reason, reason);
    t.is(error.exitCode, 3);
  });
}

for (const size of KEK_SIZES) {
  test(`a KEK of ${size} bits that keeps all rules passes`, (t) => {
    t.notThrows(() => checkKek(kek(kekJwk(size)), NOW));
    t.notThrows(() => checkKek(kek(kekJwk(size), ['import'], { nbf: SECONDS, exp: SECONDS + 1 }), NOW));
  });
}

test('what a form does not carry is no error here', (t) => {
  t.notThrows(() => checkKek(readKek(kekDer(2048), { kid: KID }), NOW));
});

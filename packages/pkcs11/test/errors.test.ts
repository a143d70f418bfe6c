import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import fc from 'fast-check';
import { decodeAttribute, encodeTemplate } from '../src/attributes.js';
import { ckrName } from '../src/ckr.js';
import { hsmError } from '../src/hsm-error.js';
import { curveOfEcParams, EC_PARAMS, isHsmError } from '../src/index.js';

const mapped: readonly (readonly [call: string, number: number, code: string, name: string])[] = [
  ['C_WrapKey', 0x69, 'KEY_NEEDS_TRUSTED_KEK', 'CKR_KEY_NOT_WRAPPABLE (0x00000069)'],
  ['C_WrapKey', 0x6a, 'KEY_NOT_EXTRACTABLE', 'CKR_KEY_UNEXTRACTABLE (0x0000006a)'],
  ['C_GetAttributeValue', 0x6a, 'HSM_ERROR', 'CKR_KEY_UNEXTRACTABLE (0x0000006a)'],
  ['C_SignInit', 0x70, 'MECHANISM_MISSING', 'CKR_MECHANISM_INVALID (0x00000070)'],
  ['C_Login', 0xa0, 'PIN_INCORRECT', 'CKR_PIN_INCORRECT (0x000000a0)'],
  ['C_Login', 0xa2, 'PIN_INCORRECT', 'CKR_PIN_LEN_RANGE (0x000000a2)'],
  ['C_InitPIN', 0xa2, 'HSM_ERROR', 'CKR_PIN_LEN_RANGE (0x000000a2)'],
  ['C_Login', 0xa4, 'PIN_LOCKED', 'CKR_PIN_LOCKED (0x000000a4)'],
  ['C_OpenSession', 0xb1, 'HSM_BUSY_ELSEWHERE', 'CKR_SESSION_COUNT (0x000000b1)'],
  ['C_OpenSession', 0xe0, 'TOKEN_NOT_FOUND', 'CKR_TOKEN_NOT_PRESENT (0x000000e0)'],
  ['C_CopyObject', 0x1b, 'HSM_ERROR', 'CKR_ACTION_PROHIBITED (0x0000001b)'],
  ['C_Sign', 0x203, 'HSM_ERROR', 'CKR_KEY_EXHAUSTED (0x00000203)'],
  ['C_Sign', 0x8000_0001, 'HSM_ERROR', 'CKR_VENDOR_DEFINED (0x80000001)'],
  ['C_Sign', 0x7fff, 'HSM_ERROR', 'a value outside the standard (0x00007fff)'],
];

for (const [call, number, code, name] of mapped) {
  test(`${call} ${name} is ${code}`, (t) => {
    const error = hsmError(call, number, null);
    t.is(error.code, code as typeof error.code);
    t.is(error.reason, `${call} returned ${name}`);
    t.deepEqual(error.values, { call, ckr: ckrName(number), number });
  });
}

test('an error of the HSM is told from others, and by its number', (t) => {
  const error = hsmError('C_Sign', 0x68, null);
  t.true(isHsmError(error));
  t.true(isHsmError(error, 0x67, 0x68));
  t.false(isHsmError(error, 0x67));
  t.false(isHsmError(new KeyferryError('HSM_ERROR', { reason: 'another' })));
  t.false(isHsmError(Object.assign(new Error('C_Sign'), { values: error.values })));
  t.false(isHsmError(null));
});

const ulong = (hex: string) => Buffer.from(hex, 'hex');

test('a number that the token does not know is null', (t) => {
  t.is(decodeAttribute('valueLen', ulong('ffffffffffffffff')), null);
  t.is(decodeAttribute('keyType', ulong('ffffffffffffffff')), null);
  t.is(decodeAttribute('valueLen', ulong('2000000000000000')), 32);
});

test('an attribute of impossible length is told with its name', (t) => {
  for (const name of ['valueLen', 'keyType', 'token', 'allowedMechanisms'] as const) {
    const error = t.throws(() => decodeAttribute(name, Buffer.alloc(3)), { instanceOf: KeyferryError });
    t.is(error.code, 'HSM_ERROR');
    t.regex(error.reason, new RegExp(`expected \\d+ bytes for the attribute ${name}, found 3`));
  }
});

test('key types and classes without a name are written and read in hex', (t) => {
  t.is(decodeAttribute('keyType', ulong('0100008000000000')), '0x80000001');
  const [encoded] = encodeTemplate({ keyType: '0x80000001' });
  t.deepEqual(encoded, { type: 0x100, value: ulong('0100008000000000') });
});

test('members that are undefined are left out of a template', (t) => {
  t.deepEqual(encodeTemplate({ label: undefined } as never), []);
});

test('numbers, texts, bytes and lists read back as they were written', (t) => {
  const roundTrip = <Name extends 'modulusBits' | 'label' | 'id' | 'allowedMechanisms'>(name: Name, value: never) => {
    const [encoded] = encodeTemplate({ [name]: value });
    t.deepEqual(decodeAttribute(name, encoded?.value as Buffer), value);
  };
  fc.assert(
    fc.property(
      fc.maxSafeNat(),
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.uint8Array({ minLength: 1 }),
      fc.array(fc.nat(0xffff_ffff), { minLength: 1 }),
      (number, text, bytes, list) => {
        roundTrip('modulusBits', number as never);
        roundTrip('label', text as never);
        roundTrip('id', Buffer.from(bytes) as never);
        roundTrip('allowedMechanisms', list as never);
      },
    ),
  );
});

test('curves are known by the DER of their identifiers', (t) => {
  for (const [curve, der] of Object.entries(EC_PARAMS)) t.is(curveOfEcParams(der), curve as keyof typeof EC_PARAMS);
  t.is(curveOfEcParams(Buffer.from('06052b81040021', 'hex')), null, 'P-224');
  t.is(curveOfEcParams(Buffer.alloc(0)), null);
});

import type { KeyVaultKey } from '@azure/keyvault-keys';
import { parseVaultUrl, publicJwkOf } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { compareKeys, type ExpectedKey } from '../src/compare.js';
import { readServiceKey } from '../src/service-key.js';

const vault = parseVaultUrl('https://v.vault.azure.net');
const kid = `${vault.url}/keys/target/${'0'.repeat(32)}`;
const bytes = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
const rsa = practiceKey('rsa-2048').export({ format: 'jwk' });
const ec = practiceKey('ec-secp256k1').export({ format: 'jwk' });
const n = bytes(rsa.n);
const e = bytes(rsa.e);

const read = (key: object, properties: object = {}) =>
  readServiceKey({ key, properties, name: 'target' } as unknown as KeyVaultKey, vault, 'target');

test('an RSA key is read with or without leading zero bytes, and P-256K under our name', (t) => {
  const zeros = { n: Buffer.concat([Buffer.alloc(1), n]), e: Buffer.concat([Buffer.alloc(1), e]) };
  const expected = publicJwkOf(practiceKey('rsa-2048'));
  t.deepEqual(read({ kid, kty: 'RSA-HSM', n, e }).publicKey, expected);
  t.deepEqual(read({ kid, kty: 'RSA-HSM', ...zeros }).publicKey, expected);
  const curve = read({ kid, kty: 'EC-HSM', crv: 'P-256K', x: bytes(ec.x), y: bytes(ec.y) });
  t.deepEqual(curve.publicKey, publicJwkOf(practiceKey('ec-secp256k1')));
  t.is(read({ kid, kty: 'oct-HSM' }).publicKey, null);
});

test('dates are whole seconds, and a zero is no absent date', (t) => {
  const key = { kid, kty: 'oct-HSM' };
  const dates = { expiresOn: new Date(5000), notBefore: 0, enabled: false };
  t.like(read(key, dates).attributes, { exp: 5, nbf: 0, enabled: false });
  t.like(read(key).attributes, { exp: null, nbf: null, enabled: null });
});

const hostile: Readonly<Record<string, readonly [key: object | undefined, properties?: object]>> = {
  'no key at all': [undefined],
  'no kid': [{ kty: 'RSA-HSM', n, e }],
  'another vault': [{ kid: kid.replace('v.', 'w.'), kty: 'RSA-HSM', n, e }],
  'another name': [{ kid: kid.replace('target', 'other'), kty: 'RSA-HSM', n, e }],
  'no version': [{ kid: `${vault.url}/keys/target`, kty: 'RSA-HSM', n, e }],
  'an unknown type': [{ kid, kty: 'OKP', n, e }],
  'no modulus': [{ kid, kty: 'RSA-HSM', e }],
  'an unknown curve': [{ kid, kty: 'EC-HSM', crv: 'P-192', x: bytes(ec.x), y: bytes(ec.y) }],
  'a point off its curve': [{ kid, kty: 'EC-HSM', crv: 'P-256', x: bytes(ec.x), y: bytes(ec.y) }],
  'a date that is none': [{ kid, kty: 'oct-HSM' }, { expiresOn: new Date(Number.NaN) }],
};
for (const [title, [key, properties]] of Object.entries(hostile)) {
  test(`refused as an answer: ${title}`, (t) => {
    const error = t.throws(() => read(key as object, properties), { instanceOf: KeyferryError });
    t.is(error.code, 'SERVICE_NOT_JSON');
  });
}

test('keys are equal by what RFC 7638 counts; a software key is not the expected HSM key', (t) => {
  const expected: ExpectedKey = {
    type: 'RSA',
    crv: null,
    bits: 2048,
    publicKey: publicJwkOf(practiceKey('rsa-2048')),
    thumbprint: null,
    kcv: null,
  };
  t.true(compareKeys(expected, read({ kid, kty: 'RSA-HSM', n, e })).equal);
  t.false(compareKeys(expected, read({ kid, kty: 'RSA', n, e })).equal);
  t.false(compareKeys(expected, read({ kid, kty: 'oct-HSM' })).equal);
  t.is(compareKeys({ ...expected, publicKey: null }, read({ kid, kty: 'RSA-HSM', n, e })).equal, null);
  const curve = read({ kid, kty: 'EC-HSM', crv: 'P-256K', x: bytes(ec.x), y: bytes(ec.y) });
  const onOther: ExpectedKey = { ...expected, type: 'EC', crv: 'P-256', publicKey: null };
  t.false(compareKeys(onOther, curve).equal);
  t.is(compareKeys({ ...onOther, crv: 'secp256k1' }, curve).equal, null);
});

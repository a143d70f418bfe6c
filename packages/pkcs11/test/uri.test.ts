import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import fc from 'fast-check';
import { formatPkcs11Uri, type Pkcs11Uri, parsePkcs11Uri } from '../src/index.js';

const accepted: readonly (readonly [string, Pkcs11Uri])[] = [
  ['pkcs11:', {}],
  ['PKCS11:token=prod', { token: 'prod' }],
  [
    'pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;object=my-certificate;type=cert;id=%69%95%3E%5C%F4%BD%EC%91',
    {
      token: 'The Software PKCS#11 Softtoken',
      object: 'my-certificate',
      type: 'cert',
      id: Buffer.from('69953e5cf4bdec91', 'hex'),
    },
  ],
  [
    'pkcs11:object=payroll;token=prod;type=private?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/pin',
    {
      token: 'prod',
      object: 'payroll',
      type: 'private',
      modulePath: '/usr/lib/softhsm/libsofthsm2.so',
      pinSource: '/etc/pin',
    },
  ],
  ['pkcs11:slot-id=327;library-version=2.6?module-name=x', { slotId: 327, libraryVersion: '2.6', moduleName: 'x' }],
  ['pkcs11:?pin-source=/run/pin', { pinSource: '/run/pin' }],
  ['pkcs11:?pin-source=file:///run/pin', { pinSource: '/run/pin' }],
  ['pkcs11:?pin-source=file://localhost/run/pin', { pinSource: '/run/pin' }],
  ['pkcs11:object=a&b=c', { object: 'a&b=c' }],
  ['pkcs11:object=%F0%9F%94%91', { object: '🔑' }],
  ['pkcs11:object=;id=', { object: '', id: Buffer.alloc(0) }],
  ['pkcs11:object=pin-value', { object: 'pin-value' }],
];

for (const [text, uri] of accepted) {
  test(`reads ${text}`, (t) => {
    t.deepEqual(parsePkcs11Uri(text), uri);
  });
}

const refused: readonly (readonly [string, string, RegExp])[] = [
  ['another scheme', 'pkcs12:token=a', /begins with pkcs11:/],
  ['a path', '/usr/lib/x.so', /begins with pkcs11:/],
  ['a repeated attribute', 'pkcs11:token=a;token=b', /token twice/],
  ['a repeated query attribute', 'pkcs11:?module-path=/a&module-path=/b', /module-path twice/],
  ['an attribute that RFC 7512 lacks', 'pkcs11:token=a;x-vendor=1', /x-vendor/],
  ['a query attribute that RFC 7512 lacks', 'pkcs11:token=a?x-vendor=1', /x-vendor/],
  ['a query attribute in the path', 'pkcs11:module-path=%2Fa', /module-path/],
  ['the name of an object property', 'pkcs11:constructor=1', /constructor/],
  ['an attribute without =', 'pkcs11:token', /name=value/],
  ['an empty attribute', 'pkcs11:token=a;;object=b', /name=value/],
  ['a blank', 'pkcs11:token=a b', /percent-encoded in token/],
  ['a slash in the path', 'pkcs11:object=a/b', /percent-encoded in object/],
  ['a letter that is not ASCII', 'pkcs11:object=ä', /percent-encoded in object/],
  ['a fragment', 'pkcs11:object=a#b', /fragment/],
  ['a % without digits', 'pkcs11:object=100%', /hex digits .* in object/],
  ['a % with other digits', 'pkcs11:object=%zz', /hex digits .* in object/],
  ['bytes that are no UTF-8', 'pkcs11:object=%ff', /UTF-8 in object/],
  ['a zero byte', 'pkcs11:?module-path=/a%00b', /zero byte/],
  ['a slot id that is no number', 'pkcs11:slot-id=0x1', /decimal number in slot-id/],
  ['a slot id beyond 2^53', 'pkcs11:slot-id=9007199254740993', /slot-id/],
  ['an unknown type', 'pkcs11:type=key', /in type/],
  ['a command as the source of the PIN', 'pkcs11:?pin-source=|/usr/bin/ask', /command/],
  ['a command as the source of the PIN, encoded', 'pkcs11:?pin-source=%7C/usr/bin/ask', /command/],
  ['another scheme for the PIN', 'pkcs11:?pin-source=https:%2F%2Fexample.org', /absolute path/],
  ['another host for the PIN', 'pkcs11:?pin-source=file://example.org/pin', /absolute path/],
  ['a relative path for the PIN', 'pkcs11:?pin-source=pin', /absolute path/],
];

for (const [what, text, reason] of refused) {
  test(`refuses ${what}: ${text}`, (t) => {
    const error = t.throws(() => parsePkcs11Uri(text), { instanceOf: KeyferryError });
    t.is(error.code, 'URI_INVALID');
    t.regex(error.reason, reason);
  });
}

for (const text of [
  'pkcs11:token=a?pin-value=s3cr3t',
  'pkcs11:pin-value=s3cr3t',
  'pkcs11:token=%zz;nonsense?pin-value=s3cr3t',
  'pkcs11:?module-path=/a&PIN-VALUE=s3cr3t',
]) {
  test(`refuses a PIN in the URI and does not repeat it: ${text}`, (t) => {
    const error = t.throws(() => parsePkcs11Uri(text), { instanceOf: KeyferryError });
    t.is(error.code, 'SECRET_IN_ARGV');
    t.notRegex(JSON.stringify([error.message, error.reason, error.hint, error.values]), /s3cr3t/);
  });
}

const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
const path = fc
  .string()
  .filter((value) => !value.includes('\0'))
  .map((value) => `/${value}`);

test('what is formatted reads back the same', (t) => {
  const uris = fc.record(
    {
      token: text,
      manufacturer: text,
      serial: text,
      model: text,
      slotId: fc.maxSafeNat(),
      slotManufacturer: text,
      slotDescription: text,
      libraryManufacturer: text,
      libraryDescription: text,
      libraryVersion: fc.constantFrom('2', '2.6', '10.40'),
      object: text,
      id: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      type: fc.constantFrom('private', 'public', 'secret-key', 'cert', 'data'),
      modulePath: path,
      moduleName: text,
      pinSource: path.filter((value) => !value.startsWith('//')),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(uris, (uri) => {
      t.deepEqual(parsePkcs11Uri(formatPkcs11Uri(uri)), { ...uri });
    }),
  );
});

test('any text is read, or refused with a code', (t) => {
  const part = fc.oneof(fc.constantFrom('token=', 'id=', ';', '?', '&', '%', '=', 'pin-source=', '|'), fc.string());
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      try {
        parsePkcs11Uri(`pkcs11:${parts.join('')}`);
      } catch (error) {
        t.true(error instanceof KeyferryError, String(error));
      }
    }),
  );
  t.pass();
});

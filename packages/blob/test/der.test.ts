import test from 'ava';
import { DerReader } from '../src/der.js';
import { refuseWith } from '../src/refuse.js';
import { der, integer, sequence } from './support/der.js';
import { codeOf } from './support/refusal.js';

const reader = (hex: string) => new DerReader(Buffer.from(hex, 'hex'), refuseWith('TARGET_ENCODING'));

for (const [what, hex, read] of [
  ['nothing', '', (r) => r.sequence('x')],
  ['a tag without a length', '30', (r) => r.sequence('x')],
  ['a tag of two bytes', '1f8101', (r) => r.sequence('x')],
  ['another tag', '3100', (r) => r.sequence('x')],
  ['an indefinite length', '30800000', (r) => r.sequence('x')],
  ['a long form for a short length', '308103020100', (r) => r.sequence('x')],
  ['a length with a leading zero byte', `30820080${'00'.repeat(128)}`, (r) => r.sequence('x')],
  ['a length of five bytes', '30850000000001', (r) => r.sequence('x')],
  ['a reserved length', '30ff', (r) => r.sequence('x')],
  ['less content than its length says', '3003020100'.slice(0, 8), (r) => r.sequence('x')],
  ['a length of four gigabytes', '3084ffffffff00', (r) => r.sequence('x')],
  ['a cut-off length', '3082ff', (r) => r.sequence('x')],
  ['an INTEGER without bytes', '0200', (r) => r.integer('x')],
  ['a negative INTEGER', '0201ff', (r) => r.integer('x')],
  ['an INTEGER with a needless zero byte', '0202007f', (r) => r.integer('x')],
  ['a negative INTEGER with a needless byte', '0202ff80', (r) => r.integer('x')],
  ['a NULL with content', '050100', (r) => r.null('x')],
  ['a BIT STRING of seven bits', '030201fe', (r) => r.bytesOfBits('x')],
  ['an empty BIT STRING', '0300', (r) => r.bytesOfBits('x')],
  ['a constructed OCTET STRING', '2403040100', (r) => r.take(0x04, 'x')],
  ['an empty OBJECT IDENTIFIER', '0600', (r) => r.oid('x')],
  ['an OBJECT IDENTIFIER that is cut off', '06022a86', (r) => r.oid('x')],
  ['an OBJECT IDENTIFIER with a needless byte', '06032a8001', (r) => r.oid('x')],
  ['an endless OBJECT IDENTIFIER', `0640${'2a'.repeat(64)}`, (r) => r.oid('x')],
  ['something after the end', '020100', (r) => r.end('x')],
] satisfies [string, string, (reader: DerReader) => unknown][]) {
  test(`DER with ${what} is refused`, (t) => {
    t.is(
      codeOf(() => read(reader(hex))),
      'TARGET_ENCODING',
    );
  });
}

test('integers come without the byte for their sign', (t) => {
  t.deepEqual([...reader('02020080').integer('x')], [0x80]);
  t.deepEqual([...reader('020100').integer('x')], [0]);
  t.deepEqual([...reader('02017f').integer('x')], [0x7f]);
});

test('object identifiers come in dotted decimals', (t) => {
  t.is(reader('06092a864886f70d010101').oid('x'), '1.2.840.113549.1.1.1');
  t.is(reader('06052b81040022').oid('x'), '1.3.132.0.34');
  t.is(reader('0603883703').oid('x'), '2.999.3');
});

test('contents are views, so that there is no copy to wipe', (t) => {
  const bytes = sequence(integer(5), der(0x04, Buffer.from('secret')));
  const inner = new DerReader(bytes, refuseWith('TARGET_ENCODING')).sequence('x');
  inner.integer('x');
  const secret = inner.take(0x04, 'x');
  bytes.fill(0);
  t.true(secret.every((byte) => byte === 0));
});

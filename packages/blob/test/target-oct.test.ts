import test from 'ava';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { readTargetKey } from '../src/target-key.js';
import { refusal } from './support/refusal.js';
import { targetDer } from './support/samples.js';

for (const size of [128, 192, 256] as const) {
  test(`an AES key of ${size} bits is its bare bytes, and nothing of it is public`, (t) => {
    t.deepEqual(readTargetKey(practiceKey(`aes-${size}`).export(), 'oct'), {
      type: 'oct',
      bits: size,
      crv: null,
      publicKey: null,
      trailingBytes: 0,
      trailingZero: true,
    });
  });
}

test('an AES key may begin and end like JSON, or end in white space', (t) => {
  const key = Buffer.alloc(16, 0x90);
  key.set([0x7b, 1, 0x7d, 0x0a], 0);
  key.set([0x7d], 15);
  t.is(readTargetKey(key, 'oct').bits, 128);
  t.is(readTargetKey(Buffer.concat([key.subarray(1), Buffer.from(' ')]), 'oct').bits, 128);
});

const aes = practiceKey('aes-256').export();
for (const [what, input, code, reason] of [
  ['nothing', Buffer.alloc(0), 'TARGET_UNSUPPORTED', /found 0 bytes/],
  ['20 bytes', aes.subarray(0, 20), 'TARGET_UNSUPPORTED', /found 20 bytes/],
  ['64 bytes', Buffer.concat([aes, aes]), 'TARGET_UNSUPPORTED', /found 64 bytes/],
  ['PKCS#8', targetDer('ec-p256'), 'TARGET_UNSUPPORTED', /PKCS#8/],
  ['hex text', aes.toString('hex'), 'TARGET_ENCODING', /hex text/],
  ['hex text of half the size', aes.subarray(0, 16).toString('hex'), 'TARGET_ENCODING', /hex text/],
  ['base64 text', aes.toString('base64'), 'TARGET_ENCODING', /base64 text/],
  ['base64 text of 24 bytes', aes.subarray(0, 24).toString('base64'), 'TARGET_ENCODING', /base64 text/],
  ['base64 text with a newline', `${aes.subarray(0, 16).toString('base64')}\n`, 'TARGET_ENCODING', /base64 text/],
] as const) {
  test(`an AES key with ${what} is refused: ${code}`, (t) => {
    const error = refusal(() => readTargetKey(Buffer.from(input as Uint8Array), 'oct'));
    t.is(error.code, code);
    t.regex(error.reason, reason);
  });
}

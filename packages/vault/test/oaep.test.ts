import { constants, createPublicKey, privateDecrypt, publicEncrypt } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { decodeOaep } from '../src/keys/pkcs1.js';

const privateKey = practiceKey('rsa-2048');
const publicKey = createPublicKey(privateKey);

/** The block that a bare RSA operation gives, as a token does by CKM_RSA_X_509. */
function blockOf(message: Uint8Array, label?: string): Buffer {
  const ciphertext = publicEncrypt(
    {
      key: publicKey,
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: 'sha256',
      ...(label !== undefined && { oaepLabel: Buffer.from(label) }),
    },
    message,
  );
  return privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, ciphertext);
}

test('what node:crypto encodes with SHA-256 is decoded, from no byte to the longest', (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 190 }),
      (message) => decodeOaep(blockOf(message), 'sha256')?.equals(message) === true,
    ),
  );
  t.is(decodeOaep(blockOf(Buffer.alloc(0)), 'sha256')?.length, 0);
  t.is(decodeOaep(blockOf(Buffer.alloc(190, 1)), 'sha256')?.length, 190);
});

test('a block that is changed anywhere, or made with another hash or a label, is refused', (t) => {
  fc.assert(
    fc.property(fc.nat(255), fc.nat(7), (at, bit) => {
      const block = blockOf(Buffer.from('message'));
      block[at] = (block[at] ?? 0) ^ (1 << bit);
      return decodeOaep(block, 'sha256') === null;
    }),
  );
  t.is(decodeOaep(blockOf(Buffer.from('message')), 'sha384'), null);
  t.is(decodeOaep(blockOf(Buffer.from('message'), 'label'), 'sha256'), null);
  t.is(decodeOaep(Buffer.alloc(10), 'sha256'), null);
});

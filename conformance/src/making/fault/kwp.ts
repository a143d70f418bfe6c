import { cbc, ecb, gcm } from '@noble/ciphers/aes.js';
import type { KWP } from '../../diagnosis/table/kwp.js';
import { aiv, pkcs7Padded, wrapBlocks, wrapPadded, zeroPadded } from '../key-wrap.js';
import type { Steps } from '../wrong-blob.js';
import type { Fault } from './fault.js';

const wrapped =
  (wrapTarget: Steps['wrapTarget']): Fault =>
  () => ({ wrapTarget });
const RFC_3394 = Buffer.alloc(8, 0xa6);
/** RFC 5649 by hand, with a length field that depends on the length of the target and on the room for it. */
const lengthField = (field: (length: number, room: number) => number): Fault =>
  wrapped((target, key) => {
    const padded = zeroPadded(target);
    return wrapBlocks(aiv(field(target.length, padded.length)), padded, key);
  });

export const KWP_FAULTS: Readonly<Record<keyof typeof KWP, Fault>> = {
  'kwp/rfc3394': ({ target }) => ({
    target: target('aes-256'),
    wrapTarget: (bytes, key) => wrapBlocks(RFC_3394, bytes, key),
  }),
  'kwp/rfc3394-zero-padding': wrapped((target, key) => wrapBlocks(RFC_3394, zeroPadded(target), key)),
  'kwp/rfc3394-pkcs7': wrapped((target, key) => wrapBlocks(RFC_3394, pkcs7Padded(target, 8), key)),
  'kwp/zero-iv': wrapped((target, key) => wrapBlocks(Buffer.alloc(8), zeroPadded(target), key)),
  'kwp/other-iv': ({ random }) => ({
    wrapTarget: (target, key) => wrapBlocks(random('initial value', 8), zeroPadded(target), key),
  }),
  'kwp/aes-cbc': wrapped((target, key) => cbc(key, new Uint8Array(16)).encrypt(target)),
  'kwp/aes-cbc-iv-first': ({ random }) => ({
    wrapTarget: (target, key) => {
      const iv = Uint8Array.from(random('initial value', 16));
      return Buffer.concat([iv, cbc(key, iv).encrypt(target)]);
    },
  }),
  'kwp/aes-ecb': wrapped((target, key) => ecb(key).encrypt(target)),
  'kwp/aes-gcm': ({ random }) => ({
    wrapTarget: (target, key) => {
      const nonce = Uint8Array.from(random('nonce', 12));
      return Buffer.concat([nonce, gcm(key, nonce).encrypt(target)]);
    },
  }),
  'kwp/not-wrapped': wrapped((target) => target),
  'kwp/aes-key-reversed': wrapped((target, key) => wrapPadded(target, Uint8Array.from(key).reverse())),
  'kwp/aes-key-cut': wrapped((target, key) => wrapPadded(target, key.subarray(0, 16))),
  'kwp/other-aes-key': ({ random }) => ({ wrapTarget: (target) => wrapPadded(target, random('another AES key', 32)) }),
  'kwp/length-little-endian': lengthField((length) => Buffer.from([length & 255, length >> 8, 0, 0]).readUInt32BE()),
  'kwp/length-in-bits': lengthField((length) => length * 8),
  'kwp/length-with-iv': lengthField((length) => length + 8),
  'kwp/length-field': lengthField((_, room) => room - 16),
  'kwp/pkcs7-as-padding': wrapped((target, key) => wrapBlocks(aiv(target.length), pkcs7Padded(target, 8), key)),
  'kwp/padding': wrapped((target, key) => {
    const padded = zeroPadded(target);
    padded[padded.length - 1] = 0x5a;
    return wrapBlocks(aiv(target.length), padded, key);
  }),
};

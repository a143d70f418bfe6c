import { aeskwp, unsafe } from '@noble/ciphers/aes.js';

/** RFC 5649. */
export function wrapPadded(target: Uint8Array, aesKey: Uint8Array): Uint8Array {
  return aeskwp(aesKey).encrypt(Uint8Array.from(target));
}

/** The wrapping function W (RFC 3394 section 2.2.1) over any initial value of 8 bytes and at least two blocks of 8. */
export function wrapBlocks(iv: Uint8Array, padded: Uint8Array, aesKey: Uint8Array): Uint8Array {
  const schedule = unsafe.expandKeyLE(aesKey);
  const out = Uint8Array.from([...iv, ...padded]);
  const blocks = padded.length / 8;
  const block = new Uint8Array(16);
  const counter = new DataView(block.buffer, 4, 4);
  block.set(iv);
  for (let step = 1; step <= 6 * blocks; step++) {
    const at = 8 + ((step - 1) % blocks) * 8;
    block.set(out.subarray(at, at + 8), 8);
    unsafe.encryptBlock(schedule, block);
    counter.setUint32(0, counter.getUint32(0) ^ step);
    out.set(block.subarray(8), at);
  }
  out.set(block.subarray(0, 8));
  return out;
}

/** The initial value of RFC 5649 with any length field. */
export function aiv(lengthField: number): Uint8Array {
  const iv = Buffer.from('a65959a600000000', 'hex');
  iv.writeUInt32BE(lengthField, 4);
  return iv;
}

/** Zero bytes up to a multiple of 8. */
export function zeroPadded(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
}

/** PKCS#7 (RFC 5652 section 6.3): 1 to `size` bytes, each of which is their number. */
export function pkcs7Padded(bytes: Uint8Array, size: number): Uint8Array {
  const padding = size - (bytes.length % size);
  return Buffer.concat([bytes, Buffer.alloc(padding, padding)]);
}

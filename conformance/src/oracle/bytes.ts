/** Bytes in node-forge's form: a string with one character a byte. Such a string cannot be wiped. */
export type Binary = string;

export function toBinary(bytes: Uint8Array): Binary {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export function fromBinary(binary: Binary): Buffer {
  return Buffer.from(binary, 'latin1');
}

/** The unsigned big-endian integer that the bytes spell; 0 for no bytes. */
export function unsigned(binary: Binary): bigint {
  return BigInt(`0x0${fromBinary(binary).toString('hex')}`);
}

/** Big endian; without `length` the shortest form, in bytes. */
export function bytesOf(value: bigint, length = 0): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(Math.max(length * 2, hex.length + (hex.length % 2)), '0'), 'hex');
}

export function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

export function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

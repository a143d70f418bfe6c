/** CK_ULONG as the platforms that we know have it: 8 bytes, little endian. */
export const ULONG_BYTES = 8;

/** CK_UNAVAILABLE_INFORMATION: "the token does not say". */
export const UNAVAILABLE = 0xffff_ffff_ffff_ffffn;

export function encodeUlong(value: number | bigint): Buffer {
  const bytes = Buffer.allocUnsafe(ULONG_BYTES);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

export function decodeUlong(bytes: Buffer): bigint {
  return bytes.readBigUInt64LE();
}

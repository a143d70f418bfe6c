import { fromBinary } from '../oracle/bytes.js';
import { oid } from '../oracle/der.js';

/** One DER value. Constructed ones take their parts, primitive ones their bytes. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const hex = content.length.toString(16);
  const size = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  const length = content.length < 128 ? [content.length] : [0x80 | size.length, ...size];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

export const sequence = (...parts: Uint8Array[]) => tlv(0x30, ...parts);
export const octets = (bytes: Uint8Array) => tlv(0x04, bytes);
export const bits = (bytes: Uint8Array) => tlv(0x03, Buffer.from([0]), bytes);
export const context = (number: number, ...parts: Uint8Array[]) => tlv(0xa0 + number, ...parts);
export const NULL = Buffer.from('0500', 'hex');

/** A positive INTEGER, DER. */
export function integer(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return tlv(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

export const RSA_ENCRYPTION = Buffer.from('06092a864886f70d010101', 'hex');
export const RSA_PSS = Buffer.from('06092a864886f70d01010a', 'hex');
export const EC_PUBLIC_KEY = Buffer.from('06072a8648ce3d0201', 'hex');
export const P256 = Buffer.from('06082a8648ce3d030107', 'hex');
export const P384 = Buffer.from('06052b81040022', 'hex');
export const BRAINPOOL_P256R1 = Buffer.from('06092b2403030208010107', 'hex');

/** PrivateKeyInfo (RFC 5208). */
export function pkcs8(algorithm: readonly Uint8Array[], key: Uint8Array, version = 0n, ...rest: Uint8Array[]): Buffer {
  return sequence(integer(version), sequence(...algorithm), octets(key), ...rest);
}

/** An OBJECT IDENTIFIER, from dotted text. */
export function objectId(dotted: string): Buffer {
  return tlv(0x06, fromBinary(oid(dotted)));
}

/**
 * A key attestation in the layout of Marvell's firmware 3.x, as far as public verifiers tell it: no real sample is public.
 * All numbers are big-endian.
 *
 *     response header  u32 code, u32 flags, u32 total size, u32 size of the attested data
 *     attested data    u16 version, u16 flags, u16 offset of the first object, u16 offset of the second or 0; the objects
 *     object           u32 handle, u32 number of attributes, u32 size; then each as u32 type, u32 length, value
 *     signature        256 bytes over all before it
 */
export const SIGNATURE_BYTES = 256;

export const ATTRIBUTE = {
  class: 0x0000,
  label: 0x0003,
  keyType: 0x0100,
  id: 0x0102,
  sensitive: 0x0103,
  /** Of an EC key the uncompressed point. */
  modulus: 0x0120,
  modulusBits: 0x0121,
  publicExponent: 0x0122,
  valueLen: 0x0161,
  extractable: 0x0162,
  local: 0x0163,
  neverExtractable: 0x0164,
  alwaysSensitive: 0x0165,
  /** SHA-256 of the SubjectPublicKeyInfo in DER. */
  publicKeyDigest: 0x1003,
} as const;

export type AttestedObject = Readonly<Partial<Record<keyof typeof ATTRIBUTE, Buffer | boolean | number | string>>>;

/** What is signed: everything but the signature. The public object of a pair comes first. */
export function attestedBytes(objects: readonly AttestedObject[]): Buffer {
  const encoded = objects.map((object, index) => encodeObject(object, index + 1));
  const [first = Buffer.alloc(0)] = encoded;
  const info = Buffer.alloc(8);
  info.writeUInt16BE(info.length, 4);
  info.writeUInt16BE(encoded.length > 1 ? info.length + first.length : 0, 6);
  const data = Buffer.concat([info, ...encoded]);
  const header = Buffer.alloc(16);
  header.writeUInt32BE(header.length + data.length + SIGNATURE_BYTES, 8);
  header.writeUInt32BE(data.length, 12);
  return Buffer.concat([header, data]);
}

function encodeObject(object: AttestedObject, handle: number): Buffer {
  const names = Object.keys(ATTRIBUTE) as (keyof typeof ATTRIBUTE)[];
  const attributes = names.flatMap((name) => {
    const value = object[name];
    return value === undefined ? [] : [encodeAttribute(ATTRIBUTE[name], bytesOf(value))];
  });
  const header = Buffer.alloc(12);
  header.writeUInt32BE(handle, 0);
  header.writeUInt32BE(attributes.length, 4);
  header.writeUInt32BE(
    attributes.reduce((sum, { length }) => sum + length, header.length),
    8,
  );
  return Buffer.concat([header, ...attributes]);
}

function encodeAttribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(type, 0);
  header.writeUInt32BE(value.length, 4);
  return Buffer.concat([header, value]);
}

/** Numbers in as few bytes as they need. */
function bytesOf(value: Buffer | boolean | number | string): Buffer {
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === 'boolean') return Buffer.of(value ? 1 : 0);
  if (typeof value === 'string') return Buffer.from(value);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  const start = bytes.findIndex((byte) => byte !== 0);
  return bytes.subarray(start < 0 ? 3 : start);
}

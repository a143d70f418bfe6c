/** A small writer of DER, so that tests can make what no library would write. */
export function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), derLength(content.length), content]);
}

export function sequence(...contents: Uint8Array[]): Buffer {
  return der(0x30, ...contents);
}

export function octets(...contents: Uint8Array[]): Buffer {
  return der(0x04, ...contents);
}

export function bits(...contents: Uint8Array[]): Buffer {
  return der(0x03, Buffer.from([0]), ...contents);
}

export const NULL = der(0x05);

/** A non-negative INTEGER in its shortest form. */
export function integer(value: bigint | number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return der(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

/** An OBJECT IDENTIFIER from its content in hex. */
export function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

export const OID = {
  rsaEncryption: oid('2a864886f70d010101'),
  rsaPss: oid('2a864886f70d01010a'),
  ecPublicKey: oid('2a8648ce3d0201'),
  'P-256': oid('2a8648ce3d030107'),
  'P-384': oid('2b81040022'),
  'P-521': oid('2b81040023'),
  secp256k1: oid('2b8104000a'),
  brainpoolP256r1: oid('2b2403030208010107'),
} as const;

/** PrivateKeyInfo of RFC 5208. */
export function pkcs8(algorithm: Uint8Array, privateKey: Uint8Array, ...more: Uint8Array[]): Buffer {
  return sequence(integer(0), algorithm, octets(privateKey), ...more);
}

function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  return length < 0x100 ? Buffer.from([0x81, length]) : Buffer.from([0x82, length >> 8, length & 0xff]);
}

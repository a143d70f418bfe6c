import { KeyferryError } from '@keyferry/errors';
import { hex32 } from './hsm-error.js';
import { decodeUlong, encodeUlong, ULONG_BYTES, UNAVAILABLE } from './ulong.js';

const CLASSES = {
  data: 0x0,
  certificate: 0x1,
  'public-key': 0x2,
  'private-key': 0x3,
  'secret-key': 0x4,
  'hardware-feature': 0x5,
  'domain-parameters': 0x6,
  mechanism: 0x7,
  'otp-key': 0x8,
  profile: 0x9,
} as const;

const KEY_TYPES = {
  RSA: 0x0,
  DSA: 0x1,
  DH: 0x2,
  EC: 0x3,
  'generic-secret': 0x10,
  DES: 0x13,
  DES2: 0x14,
  DES3: 0x15,
  AES: 0x1f,
  'EC-Edwards': 0x40,
  'EC-Montgomery': 0x41,
} as const;

/** CKA_CLASS; a number that has no name here is written in hex. */
export type ObjectClass = keyof typeof CLASSES | `0x${string}`;
/** CKA_KEY_TYPE; a number that has no name here is written in hex. */
export type KeyType = keyof typeof KEY_TYPES | `0x${string}`;

/** Attributes of an object, as a template or one by one. Numbers are big-endian bytes without sign, as PKCS#11 has them. */
export interface Attributes {
  class?: ObjectClass;
  keyType?: KeyType;
  /** The object outlives the session. */
  token?: boolean;
  /** The object is seen after a login only. */
  private?: boolean;
  label?: string;
  id?: Buffer;
  sensitive?: boolean;
  alwaysSensitive?: boolean;
  extractable?: boolean;
  neverExtractable?: boolean;
  /** The key was generated in the token. */
  local?: boolean;
  wrap?: boolean;
  unwrap?: boolean;
  encrypt?: boolean;
  decrypt?: boolean;
  sign?: boolean;
  signRecover?: boolean;
  verify?: boolean;
  verifyRecover?: boolean;
  derive?: boolean;
  wrapWithTrusted?: boolean;
  trusted?: boolean;
  modifiable?: boolean;
  copyable?: boolean;
  destroyable?: boolean;
  alwaysAuthenticate?: boolean;
  modulus?: Buffer;
  /** Bits of the modulus. */
  modulusBits?: number;
  publicExponent?: Buffer;
  /** DER of the curve's object identifier. */
  ecParams?: Buffer;
  /** DER OCTET STRING around the uncompressed point. */
  ecPoint?: Buffer;
  /** The bytes of a secret key, or the private scalar of an EC key. */
  value?: Buffer;
  /** Bytes of a secret key. */
  valueLen?: number;
  /** The first 3 bytes of an encryption of zeros. */
  checkValue?: Buffer;
  privateExponent?: Buffer;
  prime1?: Buffer;
  prime2?: Buffer;
  exponent1?: Buffer;
  exponent2?: Buffer;
  coefficient?: Buffer;
  /** Mechanism numbers that may be used with the key. */
  allowedMechanisms?: number[];
  /** CKA_WRAP_TEMPLATE: what a key must have to be wrapped under this one. Made by `nestedTemplate`; never read. */
  wrapTemplate?: Buffer;
  /** CKA_UNWRAP_TEMPLATE: what a key has that was unwrapped under this one. Made by `nestedTemplate`; never read. */
  unwrapTemplate?: Buffer;
  /** CKA_NSS_DB: NSS unwraps an EC private key only with its public point in the template. Nothing to other tokens. */
  nssDb?: Buffer;
}

export type AttributeName = keyof Attributes;

interface Codec<T> {
  encode(value: T): Buffer | boolean;
  /** null when the bytes say that the value is not available. */
  decode(bytes: Buffer, name: string): T | null;
}

const boolean: Codec<boolean> = {
  encode: (value) => value,
  decode: (bytes, name) => sized(bytes, 1, name)[0] !== 0,
};

const ulong: Codec<number> = {
  encode: encodeUlong,
  decode(bytes, name) {
    const value = decodeUlong(sized(bytes, ULONG_BYTES, name));
    return value === UNAVAILABLE ? null : Number(value);
  },
};

const byteString: Codec<Buffer> = { encode: (value) => value, decode: (bytes) => bytes };

const utf8: Codec<string> = {
  encode: (value) => Buffer.from(value, 'utf8'),
  decode: (bytes) => bytes.toString('utf8'),
};

const mechanisms: Codec<number[]> = {
  encode: (value) => Buffer.concat(value.map(encodeUlong)),
  decode(bytes, name) {
    const count = Math.floor(bytes.length / ULONG_BYTES);
    sized(bytes, count * ULONG_BYTES, name);
    return Array.from({ length: count }, (_, at) =>
      Number(decodeUlong(bytes.subarray(at * ULONG_BYTES).subarray(0, 8))),
    );
  },
};

function named<Name extends string>(numbers: Readonly<Record<string, number>>): Codec<Name> {
  const names = new Map(Object.entries(numbers).map(([name, number]) => [number, name]));
  return {
    encode: (value) => encodeUlong(numbers[value] ?? Number(value)),
    decode(bytes, name) {
      const number = ulong.decode(bytes, name);
      return number === null ? null : ((names.get(number) ?? hex32(number)) as Name);
    },
  };
}

/** The one table of attributes: number (CKA_*) and form. */
const TABLE: { readonly [Name in AttributeName]-?: readonly [number, Codec<Required<Attributes>[Name]>] } = {
  class: [0x000, named<ObjectClass>(CLASSES)],
  token: [0x001, boolean],
  private: [0x002, boolean],
  label: [0x003, utf8],
  value: [0x011, byteString],
  trusted: [0x086, boolean],
  checkValue: [0x090, byteString],
  keyType: [0x100, named<KeyType>(KEY_TYPES)],
  id: [0x102, byteString],
  sensitive: [0x103, boolean],
  encrypt: [0x104, boolean],
  decrypt: [0x105, boolean],
  wrap: [0x106, boolean],
  unwrap: [0x107, boolean],
  sign: [0x108, boolean],
  signRecover: [0x109, boolean],
  verify: [0x10a, boolean],
  verifyRecover: [0x10b, boolean],
  derive: [0x10c, boolean],
  modulus: [0x120, byteString],
  modulusBits: [0x121, ulong],
  publicExponent: [0x122, byteString],
  privateExponent: [0x123, byteString],
  prime1: [0x124, byteString],
  prime2: [0x125, byteString],
  exponent1: [0x126, byteString],
  exponent2: [0x127, byteString],
  coefficient: [0x128, byteString],
  valueLen: [0x161, ulong],
  extractable: [0x162, boolean],
  local: [0x163, boolean],
  neverExtractable: [0x164, boolean],
  alwaysSensitive: [0x165, boolean],
  modifiable: [0x170, boolean],
  copyable: [0x171, boolean],
  destroyable: [0x172, boolean],
  ecParams: [0x180, byteString],
  ecPoint: [0x181, byteString],
  alwaysAuthenticate: [0x202, boolean],
  wrapWithTrusted: [0x210, boolean],
  wrapTemplate: [0x4000_0211, byteString],
  unwrapTemplate: [0x4000_0212, byteString],
  allowedMechanisms: [0x4000_0600, mechanisms],
  nssDb: [0xd5a0_db00, byteString],
};

/** The CKA_* number of an attribute. */
export function attributeNumber(name: AttributeName): number {
  return TABLE[name][0];
}

/** A template as PKCS#11 takes it. Members that are undefined are left out. */
export function encodeTemplate(template: Attributes): { type: number; value: Buffer | boolean }[] {
  const encoded: { type: number; value: Buffer | boolean }[] = [];
  for (const name of Object.keys(template) as AttributeName[]) {
    const value = template[name];
    if (value === undefined) continue;
    const [type, codec] = TABLE[name] as readonly [number, Codec<unknown>];
    encoded.push({ type, value: codec.encode(value) });
  }
  return encoded;
}

/** The value of one attribute; null when it is empty or CK_UNAVAILABLE_INFORMATION. */
export function decodeAttribute<Name extends AttributeName>(
  name: Name,
  bytes: Buffer,
): Required<Attributes>[Name] | null {
  const [, codec] = TABLE[name] as readonly [number, Codec<unknown>];
  return bytes.length === 0 ? null : (codec.decode(bytes, name) as Required<Attributes>[Name] | null);
}

function sized(bytes: Buffer, expected: number, name: string): Buffer {
  if (bytes.length === expected) return bytes;
  throw new KeyferryError('HSM_ERROR', {
    reason: `expected ${expected} bytes for the attribute ${name}, found ${bytes.length}`,
    hint: 'the PKCS#11 module breaks the standard here; ask its vendor',
  });
}

import { unwrapBlocks } from '../oracle/kwp.js';

/** What a product of AES key wrap turned out to be. */
export type Flavour =
  /** RFC 3394 over exactly what was wrapped. */
  | 'RFC 3394'
  /** RFC 3394 after zeros were added, so that the length is lost. */
  | 'RFC 3394 over zero padding'
  | 'RFC 3394 over PKCS#7 padding'
  /** RFC 5649 over exactly what was wrapped. */
  | 'RFC 5649'
  /** RFC 5649, and zeros stand after the key, or after the DER of a private key, as if they belonged to it. */
  | 'RFC 5649 over zeros added to the key'
  | 'nothing known';

const AIV = Buffer.from('a65959a6', 'hex');
const RFC_3394_IV = Buffer.alloc(8, 0xa6);

/**
 * Names how a key was wrapped, opened with the wrapping key. `lengthOf` says how long what was wrapped is, by its first
 * bytes where it is DER.
 */
export function flavourOf(
  wrappingKey: Uint8Array,
  wrapped: Uint8Array,
  lengthOf: (opened: Uint8Array) => number,
): Flavour {
  if (wrapped.length < 16 || wrapped.length % 8 !== 0) return 'nothing known';
  const opened = Buffer.from(unwrapBlocks(wrappingKey, wrapped));
  try {
    const body = opened.subarray(8);
    const length = lengthOf(body);
    if (length > body.length) return 'nothing known';
    const rest = body.subarray(length);
    if (AIV.equals(opened.subarray(0, 4))) return nameOfPadded(opened.readUInt32BE(4), body, length);
    if (!RFC_3394_IV.equals(opened.subarray(0, 8))) return 'nothing known';
    if (rest.length === 0) return 'RFC 3394';
    if (rest.every((byte) => byte === rest.length)) return 'RFC 3394 over PKCS#7 padding';
    return isZero(rest) ? 'RFC 3394 over zero padding' : 'nothing known';
  } finally {
    opened.fill(0);
  }
}

function nameOfPadded(stated: number, body: Buffer, length: number): Flavour {
  const fits = stated <= body.length && stated > body.length - 8 && isZero(body.subarray(stated));
  if (!fits || stated < length) return 'nothing known';
  if (stated === length) return 'RFC 5649';
  return isZero(body.subarray(length, stated)) ? 'RFC 5649 over zeros added to the key' : 'nothing known';
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** The length of the DER element at the start (X.690 section 8.1.3), with its header; more than there is when it is none. */
export function derLength(bytes: Uint8Array): number {
  const [tag, first = 0, ...more] = bytes.subarray(0, 4);
  if (tag !== 0x30) return Number.POSITIVE_INFINITY;
  if (first < 0x80) return 2 + first;
  const octets = first - 0x80;
  if (octets < 1 || octets > 2) return Number.POSITIVE_INFINITY;
  return 2 + octets + more.slice(0, octets).reduce((sum, byte) => sum * 256 + byte, 0);
}

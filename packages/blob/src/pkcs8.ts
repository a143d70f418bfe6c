import { DerReader, TAG } from './der.js';
import { PKCS8, recogniseKey, recogniseText } from './recognise.js';
import type { Refuse } from './refuse.js';

/** A PKCS#8 private key, taken apart one level deep. All bytes are views of what was given. */
export interface Pkcs8 {
  /** The encoded key alone, without what follows it. */
  readonly der: Uint8Array;
  /** The OBJECT IDENTIFIER of the algorithm. */
  readonly algorithm: string;
  /** What stands after it in the AlgorithmIdentifier. */
  readonly parameters: DerReader;
  /** The content of the OCTET STRING: the key in the encoding of its own kind. */
  readonly privateKey: Uint8Array;
  /** What follows the outer SEQUENCE. */
  readonly trailing: Uint8Array;
}

/**
 * Reads PrivateKeyInfo version 0 (RFC 5208 section 5) in DER, without attributes. Whether the service would take
 * attributes, or version 1 with its public key (RFC 5958), is unknown, so both are refused.
 */
export function readPkcs8(bytes: Uint8Array, refuse: Refuse): Pkcs8 {
  const text = recogniseText(bytes);
  if (text !== null) refuse(`expected a PKCS#8 private key in DER, found ${text}`);
  const recognised = recogniseKey(bytes)?.name ?? 'bytes of no known encoding';
  if (recognised !== PKCS8) refuse(`expected a PKCS#8 private key in DER, found ${recognised}`);
  const outer = new DerReader(bytes, refuse);
  const info = outer.sequence('PrivateKeyInfo');
  const version = info.integer('PrivateKeyInfo.version');
  if (version.length !== 1 || version[0] !== 0) {
    refuse(`PrivateKeyInfo.version: expected 0 (RFC 5208), found ${version[0] === 1 ? '1 (RFC 5958)' : 'another'}`);
  }
  const parameters = info.sequence('PrivateKeyInfo.privateKeyAlgorithm');
  const algorithm = parameters.oid('PrivateKeyInfo.privateKeyAlgorithm');
  const privateKey = info.take(TAG.octetString, 'PrivateKeyInfo.privateKey');
  if (info.sees(TAG.context0)) refuse('PrivateKeyInfo: expected nothing after the private key, found attributes');
  info.end('PrivateKeyInfo');
  const length = bytes.length - outer.left;
  return { der: bytes.subarray(0, length), algorithm, parameters, privateKey, trailing: bytes.subarray(length) };
}

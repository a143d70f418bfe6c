import { KeyferryError } from '@keyferry/errors';
import forge from 'node-forge';
import { bitLength, fromBinary, toBinary } from './bytes.js';
import { CURVES } from './curves.js';
import { bitsOf, isSequence, oidOf, parseDer } from './der.js';
import { MAX_PEM_BYTES, readPem } from './pem.js';
import type { Target } from './target.js';
import { ecThumbprint, rsaThumbprint } from './thumbprint.js';

/** Reads a public key in PEM (SubjectPublicKeyInfo, RFC 5280). PUBLIC_KEY_INVALID, PUBLIC_KEY_IS_PRIVATE. */
export function readPublicKey(pem: Uint8Array): Target {
  if (pem.length > MAX_PEM_BYTES) throw unreadable(`expected at most ${MAX_PEM_BYTES} bytes, found ${pem.length}`);
  const blocks = readPem(pem);
  const [block] = blocks;
  if (!block || blocks.length > 1)
    throw unreadable(`expected one public key in PEM, found ${blocks.length} PEM blocks`);
  if (block.label.endsWith('PRIVATE KEY')) {
    block.der.fill(0);
    const hint = 'openssl pkey -in KEY.pem -pubout -out PUBLIC.pem';
    throw new KeyferryError('PUBLIC_KEY_IS_PRIVATE', { reason: `expected a public key, found "${block.label}"`, hint });
  }
  const key = ecKey(block.der) ?? rsaKey(block.der);
  if (!key) throw unreadable('expected an RSA key, or an EC key on P-256, P-384, P-521 or secp256k1');
  return key;
}

function ecKey(der: Uint8Array): Target | null {
  const node = parseDer(der)?.node;
  if (!isSequence(node) || !isSequence(node.value[0])) return null;
  const curve = CURVES.find(({ oid }) => oid === oidOf(node.value[0]?.value[1] as forge.asn1.Asn1));
  const point = bitsOf(node.value[1]);
  if (!curve || point === null) return null;
  try {
    const bytes = curve.arithmetic.Point.fromBytes(fromBinary(point)).toBytes(false);
    return { type: 'EC', bits: curve.bits, crv: curve.name, thumbprint: ecThumbprint(curve, bytes), kcv: null };
  } catch (error) {
    throw unreadable(`the point is not on ${curve.name}`, undefined, error);
  }
}

function rsaKey(der: Uint8Array): Target | null {
  try {
    const key = forge.pki.publicKeyFromAsn1(forge.asn1.fromDer(toBinary(der))) as forge.pki.rsa.PublicKey;
    const [n, e] = [BigInt(`0x${key.n.toString(16)}`), BigInt(`0x${key.e.toString(16)}`)];
    return { type: 'RSA', bits: bitLength(n), crv: null, thumbprint: rsaThumbprint({ n, e }), kcv: null };
  } catch {
    return null;
  }
}

function unreadable(reason: string, hint?: string, cause?: unknown): KeyferryError {
  return new KeyferryError('PUBLIC_KEY_INVALID', { reason, ...(hint === undefined ? {} : { hint }), cause });
}

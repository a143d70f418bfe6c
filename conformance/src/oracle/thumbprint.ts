import forge from 'node-forge';
import { base64url, bytesOf, fromBinary, toBinary, unsigned } from './bytes.js';
import type { Curve } from './curves.js';

/** RFC 7638 over e, kty and n, as a URI of RFC 9278. */
export function rsaThumbprint(key: { readonly n: bigint; readonly e: bigint }): string {
  return thumbprint({ e: base64url(bytesOf(key.e)), kty: 'RSA', n: base64url(bytesOf(key.n)) });
}

/** RFC 7638 over crv, kty, x and y. `point` is uncompressed. */
export function ecThumbprint(curve: Curve, point: Uint8Array): string {
  const x = base64url(point.subarray(1, 1 + curve.bytes));
  const y = base64url(point.subarray(1 + curve.bytes));
  return thumbprint({ crv: curve.name, kty: 'EC', x, y });
}

/** SHA-256 in lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return forge.md.sha256.create().update(toBinary(bytes)).digest().toHex();
}

function thumbprint(members: Record<string, string>): string {
  const digest = forge.md.sha256.create().update(JSON.stringify(members)).digest().getBytes();
  return `urn:ietf:params:oauth:jwk-thumbprint:sha-256:${base64url(fromBinary(digest))}`;
}

export type PublicJwk =
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string };

/** RFC 7638. Leading zero bytes of n and e do not count. */
export function jwkThumbprint(jwk: PublicJwk): string {
  if (jwk.kty === 'EC') return thumbprint({ crv: jwk.crv, kty: 'EC', x: jwk.x, y: jwk.y });
  const number = (text: string) => unsigned(toBinary(Buffer.from(text, 'base64url')));
  return rsaThumbprint({ n: number(jwk.n), e: number(jwk.e) });
}

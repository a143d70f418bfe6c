import { createHash, type KeyObject, verify } from 'node:crypto';
import { type Attributes, CKM, type Mechanism, type ObjectHandle } from '@keyferry/pkcs11';
import { makeEcPair } from '../fresh-pair.js';
import { type Attempt, attempt, type Hsm } from './hsm.js';

export interface PeerEc {
  readonly publicKey: KeyObject;
  /** DER of PrivateKeyInfo (RFC 5208). */
  readonly pkcs8: Buffer;
  /** 04, x, y. */
  readonly point: Buffer;
}

/** A P-256 key that a peer sends. */
export function peerEc(): PeerEc {
  const { publicKey, privateKey } = makeEcPair('P-256');
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return { publicKey, pkcs8: privateKey.export({ format: 'der', type: 'pkcs8' }), point };
}

/** Unwraps what should be an EC private key; NSS wants its public point beside it, which others do not know. */
export async function unwrapEc(
  hsm: Hsm,
  mechanism: Mechanism,
  unwrappingKey: ObjectHandle,
  wrapped: Uint8Array,
  point: Buffer,
  more: Attributes = {},
): Promise<Attempt<ObjectHandle>> {
  const template: Attributes = {
    class: 'private-key',
    keyType: 'EC',
    token: false,
    private: true,
    sensitive: true,
    extractable: false,
    sign: true,
    ...more,
  };
  const unwrap = (each: Attributes) =>
    attempt(async () => hsm.own(await hsm.session.unwrapKey(mechanism, unwrappingKey, Buffer.from(wrapped), each)));
  const first = await unwrap(template);
  if (first.done) return first;
  const second = await unwrap({ ...template, nssDb: point });
  return second.done ? second : first;
}

/** Whether a private key of the token is the one to this public key. */
export async function signsAs({ session }: Hsm, key: ObjectHandle, publicKey: KeyObject): Promise<boolean> {
  const data = session.random(32);
  const digest = createHash('sha256').update(data).digest();
  const signed = await attempt(() => session.sign({ type: CKM.ECDSA }, key, digest));
  return signed.done && verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signed.value);
}

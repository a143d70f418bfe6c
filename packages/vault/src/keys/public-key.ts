import { createPublicKey, type KeyObject } from 'node:crypto';
import { CURVE_FACTS } from './curves.js';
import type { KeyMaterial } from './record.js';

/** The public part of an RSA or EC key. */
export function publicKeyOf(material: Exclude<KeyMaterial, { type: 'oct' }>): KeyObject {
  const { type: kty } = material;
  const key =
    material.type === 'RSA'
      ? { kty, n: material.n, e: material.e }
      : { kty, crv: CURVE_FACTS[material.crv].jwk, x: material.x, y: material.y };
  return createPublicKey({ format: 'jwk', key });
}

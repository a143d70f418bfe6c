import { createCipheriv, createHash, type KeyObject } from 'node:crypto';
import {
  type Kid,
  type Manifest,
  parseKid,
  publicJwkOf,
  type RsaPublicJwk,
  rsaBits,
  thumbprintOf,
  wrapPracticeKey,
  writeByok,
  writeManifest,
} from '@keyferry/blob';
import { type PracticeKeyName, practiceKey } from '../../../../test/support/practice-keys.js';

/** A blob and its manifest, as they come over the gap. */
export interface Transfer {
  readonly kid: Kid;
  readonly blob: Buffer;
  readonly manifest: Manifest;
}

export const KEK = 'kek-2048';
const CURVE_BITS = { 'P-256': 256, 'P-384': 384, 'P-521': 521, secp256k1: 256 } as const;

/** Wraps a practice key, or one made by the test, under the practice KEK of 2048 bits, or another RSA key, for the kid. */
export function makeTransfer(kid: string, target: PracticeKeyName | KeyObject, kek = practiceKek()): Transfer {
  const parsed = parseKid(kid);
  const key = typeof target === 'string' ? practiceKey(target) : target;
  const plaintext = key.type === 'secret' ? key.export() : key.export({ format: 'der', type: 'pkcs8' });
  const blob = writeByok({ kid: parsed, ciphertext: wrapPracticeKey(kek, plaintext), generator: 'keyferry test' });
  const manifest: Manifest = {
    schema: 'keyferry/manifest/1',
    mode: 'practice',
    blob: { file: 'target.byok', sha256: createHash('sha256').update(blob).digest('hex'), size: blob.length },
    kek: { kid, thumbprint: thumbprintOf(kek) },
    target: {
      ...describeTarget(key),
      label: 'target',
      id: '01',
      attributes: { sensitive: true, alwaysSensitive: true, extractable: true, wrapWithTrusted: false, local: true },
    },
    wrapping: {
      mechanism: 'composite',
      inner: '0x0000210a',
      outer: '0x00000009',
      flavour: 'rfc5649',
      aesBits: 256,
      ephemeral: true,
      probed: false,
      rehearsed: false,
    },
    hsm: {
      manufacturer: 'SoftHSM project',
      model: 'SoftHSM v2',
      serial: '1',
      firmware: '2.6',
      module: 'libsofthsm2.so',
      moduleSha256: '00'.repeat(32),
    },
    notChecked: [],
    createdAt: '2026-11-23T22:00:00Z',
    tool: { name: 'keyferry-wrap', version: '0.1.0' },
  };
  return { kid: parsed, blob, manifest };
}

export function practiceKek(): RsaPublicJwk {
  return publicJwkOf(practiceKey(KEK)) as RsaPublicJwk;
}

/** The bytes of a manifest after a change that its schema would not let through. */
export function spoilt(manifest: Manifest, change: object): Buffer {
  return Buffer.from(JSON.stringify({ ...JSON.parse(writeManifest(manifest).toString()), ...change }));
}

type Described = Pick<Manifest['target'], 'type' | 'crv' | 'bits' | 'publicKey' | 'publicKeySource' | 'kcv'>;

function describeTarget(key: KeyObject): Described {
  if (key.type === 'secret') {
    const bytes = key.export();
    const cipher = createCipheriv(`aes-${bytes.length * 8}-ecb`, bytes, null).setAutoPadding(false);
    const kcv = cipher.update(Buffer.alloc(16)).subarray(0, 3).toString('hex');
    return { type: 'oct', crv: null, bits: bytes.length * 8, publicKey: null, publicKeySource: null, kcv };
  }
  const jwk = publicJwkOf(key);
  return {
    type: jwk.kty,
    crv: jwk.kty === 'EC' ? jwk.crv : null,
    bits: jwk.kty === 'EC' ? CURVE_BITS[jwk.crv] : rsaBits(jwk),
    publicKey: jwk,
    publicKeySource: 'object',
    kcv: null,
  };
}

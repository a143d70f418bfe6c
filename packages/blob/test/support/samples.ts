import { createPublicKey } from 'node:crypto';
import { type PracticeKeyName, practiceKey } from '../../../../test/support/practice-keys.js';
import { writeByok } from '../../src/byok.js';
import { publicJwkOf, type RsaPublicJwk } from '../../src/jwk.js';
import { writeKekFile } from '../../src/kek-file.js';
import { parseKid } from '../../src/kid.js';
import type { Manifest } from '../../src/manifest.js';
import { wrapPracticeKey } from '../../src/practice.js';
import type { Receipt } from '../../src/receipt.js';
import { thumbprintOf } from '../../src/thumbprint.js';

export const VERSION = '0123456789abcdef0123456789abcdef';
export const KID = `https://bank.vault.azure.net/keys/kek/${VERSION}`;
export const THUMBPRINT_OF_RFC_7638 =
  'urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';

export type KekBits = 2048 | 3072 | 4096;
export const KEK_SIZES: readonly KekBits[] = [2048, 3072, 4096];

/** The asymmetric practice targets. */
export const TARGETS = [
  ['rsa-2048', 'RSA', 2048, null],
  ['rsa-3072', 'RSA', 3072, null],
  ['rsa-4096', 'RSA', 4096, null],
  ['ec-p256', 'EC', 256, 'P-256'],
  ['ec-p384', 'EC', 384, 'P-384'],
  ['ec-p521', 'EC', 521, 'P-521'],
  ['ec-secp256k1', 'EC', 256, 'secp256k1'],
] as const;

export function kekJwk(bits: KekBits): RsaPublicJwk {
  return publicJwkOf(createPublicKey(practiceKey(`kek-${bits}`))) as RsaPublicJwk;
}

export function kekPem(bits: KekBits): string {
  return createPublicKey(practiceKey(`kek-${bits}`))
    .export({ type: 'spki', format: 'pem' })
    .toString();
}

export function kekDer(bits: KekBits): Buffer {
  return createPublicKey(practiceKey(`kek-${bits}`)).export({ type: 'spki', format: 'der' });
}

export function kekFile(): Buffer {
  return writeKekFile({
    kid: parseKid(KID),
    key: kekJwk(2048),
    keyOps: ['import'],
    attributes: { enabled: true, exp: 1_800_000_000, nbf: null, hsmPlatform: '2' },
    attestation: null,
    fetchedAt: '2026-11-23T22:00:00Z',
    tool: { name: 'keyferry-import', version: '0.1.0' },
  });
}

/** As `az keyvault key show` prints a key, with changes to its two parts. */
export function azKey(key: object = {}, attributes: object = {}): object {
  const { n } = kekJwk(2048);
  return {
    attributes: {
      created: '2026-11-23T22:00:00+00:00',
      enabled: true,
      expires: '2026-11-30T00:00:00+00:00',
      exportable: false,
      hsmPlatform: '2',
      notBefore: null,
      recoverableDays: 90,
      recoveryLevel: 'Recoverable+Purgeable',
      updated: '2026-11-23T22:00:00+00:00',
      ...attributes,
    },
    key: {
      crv: null,
      d: null,
      dp: null,
      dq: null,
      e: 'AAEAAQ==',
      k: null,
      keyOps: ['import'],
      kid: KID,
      kty: 'RSA-HSM',
      n: Buffer.from(n, 'base64url').toString('base64'),
      p: null,
      q: null,
      qi: null,
      t: null,
      x: null,
      y: null,
      ...key,
    },
    managed: null,
    releasePolicy: null,
    tags: {},
  };
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

export function targetDer(name: PracticeKeyName): Buffer {
  return practiceKey(name).export({ type: 'pkcs8', format: 'der' }) as Buffer;
}

/** A blob with a P-256 key for the KEK of 2048 bits. */
export function blob(): Buffer {
  const ciphertext = wrapPracticeKey(kekJwk(2048), targetDer('ec-p256'));
  return writeByok({ kid: parseKid(KID), ciphertext, generator: 'keyferry-wrap 0.1.0; SoftHSM 2.6.1' });
}

/** The manifest of design's shape for a P-256 key; its blob is whatever the caller says. */
export function manifest(changes: Partial<Manifest> = {}): Manifest {
  return {
    schema: 'keyferry/manifest/1',
    mode: 'practice',
    blob: { file: 'payroll.byok', sha256: '9f'.repeat(32), size: 820 },
    kek: { kid: KID, thumbprint: thumbprintOf(kekJwk(2048)) },
    target: {
      type: 'EC',
      crv: 'P-256',
      bits: 256,
      publicKey: publicJwkOf(practiceKey('ec-p256')),
      publicKeySource: 'recovered',
      kcv: null,
      label: 'payroll',
      id: 'a1b2',
      attributes: {
        sensitive: true,
        alwaysSensitive: true,
        extractable: true,
        wrapWithTrusted: false,
        local: null,
      },
    },
    wrapping: {
      mechanism: 'composite',
      inner: '0x0000210a',
      outer: '0x00000009',
      flavour: 'rfc5649-zero-tail',
      aesBits: 256,
      ephemeral: true,
      probed: true,
      rehearsed: false,
    },
    hsm: {
      manufacturer: 'SoftHSM project',
      model: 'SoftHSM v2',
      serial: '0123456789abcdef',
      firmware: '2.6',
      module: 'libsofthsm2.so',
      moduleSha256: 'ab'.repeat(32),
    },
    notChecked: ['kek-attestation', 'kek-signature'],
    createdAt: '2026-11-23T22:00:00Z',
    tool: { name: 'keyferry-wrap', version: '0.1.0' },
    ...changes,
  };
}

export function receipt(changes: Partial<Receipt> = {}): Receipt {
  const publicKey = publicJwkOf(practiceKey('ec-p256'));
  return {
    schema: 'keyferry/receipt/1',
    mode: 'practice',
    vault: { url: 'https://bank.vault.azure.net', kind: 'vault' },
    emulator: true,
    key: {
      kid: `https://bank.vault.azure.net/keys/payroll/${VERSION}`,
      name: 'payroll',
      version: VERSION,
      type: 'EC',
      bits: 256,
      crv: 'P-256',
    },
    blob: { file: 'payroll.byok', sha256: '9f'.repeat(32), size: 820 },
    kek: { kid: KID, thumbprint: thumbprintOf(kekJwk(2048)) },
    target: { publicKey, thumbprint: thumbprintOf(publicKey), kcv: null },
    confirmedBy: 'thumbprint',
    manifestSignedBy: [],
    verified: ['public-key', 'possession'],
    notChecked: ['kek-attestation', 'trailing-bytes'],
    enabledAt: null,
    createdAt: '2026-11-23T22:05:00Z',
    tool: { name: 'keyferry-import', version: '0.1.0' },
    ...changes,
  };
}

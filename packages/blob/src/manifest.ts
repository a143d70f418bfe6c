import { z } from 'zod';
import { MAX_BLOB_BYTES } from './byok-schema.js';
import { CURVES } from './curves.js';
import {
  curve,
  fileName,
  kcv,
  kidText,
  mode,
  notChecked,
  parseFormat,
  plainText,
  publicKey,
  sha256Hex,
  targetType,
  thumbprint,
  tool,
  utcTime,
} from './format-parts.js';
import { parseJson } from './json.js';
import { keyBits } from './jwk.js';
import { refuseWith } from './refuse.js';

/** No manifest is larger: bytes. */
export const MAX_MANIFEST_BYTES = 64 * 1024;

/** A CK_MECHANISM_TYPE: eight lower-case hex digits after 0x. */
const mechanismType = z.string().regex(/^0x[0-9a-f]{8}$/, 'expected 0x and 8 lower-case hex digits');

/** An attribute of the target key in its HSM; null: the HSM does not say. */
const attribute = z.boolean().nullable();

const target = z
  .strictObject({
    type: targetType,
    crv: curve.nullable(),
    bits: z.int().positive(),
    publicKey: publicKey.nullable(),
    /** Read from the token's public object and proven, or recovered from the private one. */
    publicKeySource: z.enum(['object', 'recovered']).nullable(),
    kcv: kcv.nullable(),
    label: plainText,
    /** CKA_ID in hex. */
    id: z.string().regex(/^(?:[0-9a-f]{2})*$/, 'expected bytes in lower-case hex'),
    attributes: z.strictObject({
      sensitive: attribute,
      alwaysSensitive: attribute,
      extractable: attribute,
      wrapWithTrusted: attribute,
      local: attribute,
    }),
  })
  .superRefine((key, context) => {
    const problem = problemOfTarget(key);
    if (problem !== null) context.addIssue(problem);
  });

const wrapping = z
  .strictObject({
    /** Two calls, or the one call CKM_RSA_AES_KEY_WRAP. */
    mechanism: z.enum(['composite', 'rsa-aes-key-wrap']),
    /** What wrapped the target key; null when one call did it all. */
    inner: mechanismType.nullable(),
    /** What wrapped the AES key, or did it all. */
    outer: mechanismType,
    flavour: z.enum(['rfc5649', 'rfc5649-zero-tail', 'unknown']),
    aesBits: z.literal([128, 192, 256]),
    ephemeral: z.boolean(),
    probed: z.boolean(),
    rehearsed: z.boolean(),
  })
  .refine(({ mechanism, inner }) => (mechanism === 'composite') === (inner !== null), {
    path: ['inner'],
    message: 'expected a mechanism for composite, else null',
  });

const hsm = z.strictObject({
  manufacturer: plainText,
  model: plainText,
  serial: plainText,
  firmware: plainText,
  module: plainText,
  moduleSha256: sha256Hex,
});

const shape = z.strictObject({
  schema: z.literal('keyferry/manifest/1'),
  mode,
  blob: z.strictObject({ file: fileName, sha256: sha256Hex, size: z.int().positive().max(MAX_BLOB_BYTES) }),
  kek: z.strictObject({ kid: kidText, thumbprint }),
  target,
  wrapping,
  /** null: the key came from a file, for practice. */
  hsm: hsm.nullable(),
  notChecked,
  createdAt: utcTime,
  tool,
});

/** keyferry/manifest/1: what the source HSM's side says about a blob. */
export const manifestSchema = shape.refine(({ mode, hsm }) => hsm !== null || mode === 'practice', {
  path: ['hsm'],
  message: 'expected an HSM: only practice keys come from files',
});

export type Manifest = z.infer<typeof manifestSchema>;

/** Reads NAME.manifest.json. Unknown members are refused. JSON_*, FILE_NOT_UTF8, MANIFEST_INVALID. */
export function readManifest(bytes: Uint8Array): Manifest {
  const refuse = refuseWith('MANIFEST_INVALID');
  if (bytes.length > MAX_MANIFEST_BYTES) {
    refuse(`expected at most ${MAX_MANIFEST_BYTES} bytes, found ${bytes.length}`);
  }
  return parseFormat(manifestSchema, parseJson(bytes), refuse);
}

/**
 * Writes keyferry/manifest/1: UTF-8 without a byte order mark, members in the order of the schema, indented by two
 * spaces, a newline at the end. MANIFEST_INVALID: what readManifest would refuse is never written.
 */
export function writeManifest(manifest: Manifest): Buffer {
  const file = parseFormat(manifestSchema, manifest, refuseWith('MANIFEST_INVALID'));
  return Buffer.from(`${JSON.stringify(file, null, 2)}\n`);
}

const SIZES: Readonly<Record<z.infer<typeof targetType>, readonly number[]>> = {
  RSA: [2048, 3072, 4096],
  EC: [256, 384, 521],
  oct: [128, 192, 256],
};

function problemOfTarget(key: Omit<z.infer<typeof target>, 'attributes'>): string | null {
  const { type, crv, bits, publicKey, publicKeySource } = key;
  if (!SIZES[type].includes(bits)) return `expected ${SIZES[type].join(', ')} bits for ${type}, found ${bits}`;
  if ((type === 'EC') !== (crv !== null)) return 'expected a curve for EC, else null';
  if (crv !== null && CURVES[crv].bits !== bits) return `expected ${CURVES[crv].bits} bits for ${crv}, found ${bits}`;
  if (type !== 'oct' && key.kcv !== null) return `expected kcv null for ${type}`;
  if ((publicKey === null) !== (publicKeySource === null)) return 'expected publicKey and publicKeySource, or neither';
  if (publicKey === null) return null;
  if (publicKey.kty !== type) return `expected no public key of kty ${publicKey.kty} for ${type}`;
  if (publicKey.kty === 'EC' && publicKey.crv !== crv) return 'expected the public key on the same curve';
  return keyBits(publicKey) === bits ? null : `expected a public key of ${bits} bits, found ${keyBits(publicKey)}`;
}

import { KeyferryError } from '@keyferry/errors';
import { z } from 'zod';
import { decodeUtf8, type Expectation, jwkThumbprint, quote, readJson } from './oracle/index.js';

/** The largest manifest that is read, in bytes. */
export const MAX_MANIFEST_BYTES = 65536;

const publicJwk = z.discriminatedUnion('kty', [
  z.object({ kty: z.literal('RSA'), n: z.base64url(), e: z.base64url() }),
  z.object({ kty: z.literal('EC'), crv: z.string(), x: z.base64url(), y: z.base64url() }),
]);

/** What the judge wants of keyferry/manifest/1; the whole format is not its business. */
const manifestSchema = z.object({
  schema: z.literal('keyferry/manifest/1'),
  mode: z.enum(['practice', 'production']),
  blob: z.object({ sha256: z.string(), size: z.int() }),
  kek: z.object({ kid: z.string(), thumbprint: z.string() }),
  target: z.object({
    type: z.enum(['RSA', 'EC', 'oct']),
    crv: z.enum(['P-256', 'P-384', 'P-521', 'secp256k1']).nullable(),
    bits: z.int(),
    publicKey: publicJwk.nullable(),
    kcv: z.string().nullable(),
  }),
});

export interface PracticeManifest {
  readonly kekThumbprint: string;
  readonly expectation: Expectation;
}

/**
 * Reads a manifest of practice keys. MODE_MISMATCH for one of production keys; FILE_NOT_UTF8, JSON_INVALID,
 * JSON_DUPLICATE_MEMBER, MANIFEST_INVALID.
 */
export function readPracticeManifest(bytes: Uint8Array): PracticeManifest {
  const parsed = manifestSchema.safeParse(parse(bytes));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') || 'the whole';
    throw new KeyferryError('MANIFEST_INVALID', { reason: `${quote(where)}: ${issue?.message ?? 'not as expected'}` });
  }
  const { mode, blob, kek, target } = parsed.data;
  if (mode === 'production') {
    throw new KeyferryError('MODE_MISMATCH', {
      reason:
        'the manifest says that the blob carries a production key, and this judge opens blobs of practice keys only',
      hint: 'look at a production blob with keyferry-wrap inspect, which opens nothing',
    });
  }
  const { type, bits, crv, publicKey, kcv } = target;
  return {
    kekThumbprint: kek.thumbprint,
    expectation: {
      target: { type, bits, crv, kcv, thumbprint: publicKey && jwkThumbprint(publicKey) },
      manifest: { sha256: blob.sha256, size: blob.size, kid: kek.kid },
    },
  };
}

function parse(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_MANIFEST_BYTES) {
    throw new KeyferryError('MANIFEST_INVALID', {
      reason: `expected at most ${MAX_MANIFEST_BYTES} bytes, found ${bytes.length}`,
    });
  }
  const decoded = decodeUtf8(bytes);
  if (!decoded) throw new KeyferryError('FILE_NOT_UTF8', { reason: 'the manifest is not UTF-8' });
  if (decoded.bom) throw new KeyferryError('JSON_INVALID', { reason: 'the manifest begins with a byte order mark' });
  const json = readJson(decoded.text);
  if ('fault' in json) throw new KeyferryError('JSON_INVALID', { reason: quote(json.fault) });
  const [twice] = json.duplicates;
  if (twice !== undefined)
    throw new KeyferryError('JSON_DUPLICATE_MEMBER', { reason: `${quote(twice)} in the manifest` });
  return json.value;
}

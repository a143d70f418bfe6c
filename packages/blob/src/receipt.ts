import { z } from 'zod';
import { MAX_BLOB_BYTES } from './byok.js';
import {
  curve,
  fileName,
  kcv,
  kidText,
  plainText,
  publicKey,
  schemaReason,
  sha256Hex,
  targetType,
  thumbprint,
  tool,
  utcTime,
  vaultKind,
  vaultUrl,
} from './format-parts.js';
import { parseJson } from './json.js';
import { NOT_CHECKED_IDS } from './not-checked.js';
import { refuseWith } from './refuse.js';

/** No receipt is larger: bytes. */
export const MAX_RECEIPT_BYTES = 64 * 1024;

/** keyferry/receipt/1: what arrived where, which version, how it was verified, what was not. */
export const receiptSchema = z.strictObject({
  schema: z.literal('keyferry/receipt/1'),
  mode: z.enum(['practice', 'production']),
  vault: z.strictObject({ url: vaultUrl, kind: vaultKind }),
  /** Whether the vault that answered was keyferry-vault. */
  emulator: z.boolean(),
  key: z.strictObject({
    kid: kidText,
    name: plainText.min(1),
    version: plainText.min(1),
    type: targetType,
    bits: z.int().positive(),
    crv: curve.nullable(),
  }),
  blob: z.strictObject({ file: fileName, sha256: sha256Hex, size: z.int().positive().max(MAX_BLOB_BYTES) }),
  kek: z.strictObject({ kid: kidText, thumbprint }),
  target: z.strictObject({
    publicKey: publicKey.nullable(),
    thumbprint: thumbprint.nullable(),
    kcv: kcv.nullable(),
  }),
  /** What stood behind the target key when it was compared. */
  confirmedBy: z.enum(['thumbprint', 'public-key', 'unsigned-manifest', 'nothing']),
  verified: z.array(z.enum(['public-key', 'kcv', 'possession'])),
  notChecked: z.array(z.enum(NOT_CHECKED_IDS)),
  /** null: the version was left disabled. */
  enabledAt: utcTime.nullable(),
  createdAt: utcTime,
  tool,
});

export type Receipt = z.infer<typeof receiptSchema>;

/** Reads NAME.receipt.json. Unknown members are refused. JSON_*, FILE_NOT_UTF8, RECEIPT_INVALID. */
export function readReceipt(bytes: Uint8Array): Receipt {
  const refuse = refuseWith('RECEIPT_INVALID');
  if (bytes.length > MAX_RECEIPT_BYTES) refuse(`expected at most ${MAX_RECEIPT_BYTES} bytes, found ${bytes.length}`);
  const result = receiptSchema.safeParse(parseJson(bytes));
  return result.success ? result.data : refuse(schemaReason(result.error));
}

/** Writes keyferry/receipt/1 in the same form as a manifest. RECEIPT_INVALID. */
export function writeReceipt(receipt: Receipt): Buffer {
  const result = receiptSchema.safeParse(receipt);
  if (!result.success) return refuseWith('RECEIPT_INVALID')(schemaReason(result.error));
  return Buffer.from(`${JSON.stringify(result.data, null, 2)}\n`);
}

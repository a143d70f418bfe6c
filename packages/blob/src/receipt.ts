import { z } from 'zod';
import { MAX_BLOB_BYTES } from './byok-schema.js';
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
  vaultKind,
  vaultUrl,
} from './format-parts.js';
import { parseJson } from './json.js';
import { parseKid } from './kid.js';
import { refuseWith } from './refuse.js';
import { thumbprintOf } from './thumbprint.js';

/** No receipt is larger: bytes. */
export const MAX_RECEIPT_BYTES = 64 * 1024;

const shape = z.strictObject({
  schema: z.literal('keyferry/receipt/1'),
  mode,
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
  confirmedBy: z.enum(['thumbprint', 'public-key', 'signed-manifest', 'unsigned-manifest', 'nothing']),
  /** The allowed signers whose signature of the manifest was verified. */
  manifestSignedBy: z.array(plainText.min(1)),
  verified: z.array(z.enum(['public-key', 'kcv', 'possession'])),
  notChecked,
  /** null: the version was left disabled. */
  enabledAt: utcTime.nullable(),
  createdAt: utcTime,
  tool,
});

/** keyferry/receipt/1: what arrived where, which version, how it was verified, what was not. */
export const receiptSchema = shape.superRefine((receipt, context) => {
  const problem = problemOfReceipt(receipt);
  if (problem !== null) context.addIssue(problem);
});

export type Receipt = z.infer<typeof receiptSchema>;

/** Reads NAME.receipt.json. Unknown members are refused. JSON_*, FILE_NOT_UTF8, RECEIPT_INVALID. */
export function readReceipt(bytes: Uint8Array): Receipt {
  const refuse = refuseWith('RECEIPT_INVALID');
  if (bytes.length > MAX_RECEIPT_BYTES) refuse(`expected at most ${MAX_RECEIPT_BYTES} bytes, found ${bytes.length}`);
  return parseFormat(receiptSchema, parseJson(bytes), refuse);
}

/** Writes keyferry/receipt/1 in the same form as a manifest. RECEIPT_INVALID. */
export function writeReceipt(receipt: Receipt): Buffer {
  const file = parseFormat(receiptSchema, receipt, refuseWith('RECEIPT_INVALID'));
  return Buffer.from(`${JSON.stringify(file, null, 2)}\n`);
}

/** What the receipt says twice must agree. */
function problemOfReceipt({ vault, key, target }: z.infer<typeof shape>): string | null {
  const kid = parseKid(key.kid);
  if (kid.vault.url !== vault.url || kid.vault.kind !== vault.kind) return 'expected the vault of the kid of the key';
  if (kid.version !== key.version) return 'expected the version of the kid of the key';
  const thumbprint = target.publicKey === null ? null : thumbprintOf(target.publicKey);
  return target.thumbprint === thumbprint ? null : 'expected the thumbprint of the public key of the target';
}

import {
  type Kek,
  type NotChecked,
  notCheckedLines,
  parseThumbprint,
  type Receipt,
  receiptSchema,
  rsaBits,
  thumbprintLines,
  thumbprintOf,
} from '@keyferry/blob';
import { z } from 'zod';
import type { ImportPlan } from './import-plan.js';
import { type Mode, modeLines } from './mode.js';
import type { ServiceKey } from './service-key.js';
import type { Verified } from './settle.js';
import { TOOL } from './tool.js';

const CURVE_BITS = { 'P-256': 256, 'P-384': 384, 'P-521': 521, secp256k1: 256 } as const;

/** What is known when a key has arrived, and was compared. */
export interface Arrived {
  readonly plan: ImportPlan;
  readonly mode: Mode;
  readonly emulator: boolean;
  readonly kek: Kek;
  readonly key: ServiceKey;
  readonly verified: readonly Verified[];
  readonly enabled: boolean;
  readonly now: Date;
}

export function receiptOf({ plan, mode, emulator, kek, key, verified, enabled, now }: Arrived): Receipt {
  const { expected, vault } = plan;
  const publicKey = key.publicKey ?? expected.publicKey;
  return {
    schema: 'keyferry/receipt/1',
    mode,
    vault: { url: vault.url, kind: vault.kind },
    emulator,
    key: {
      kid: key.kid.text,
      name: key.kid.name,
      version: key.kid.version,
      type: key.type,
      bits: bitsOf(key) ?? expected.bits ?? 0,
      crv: key.publicKey?.kty === 'EC' ? key.publicKey.crv : null,
    },
    blob: plan.blob,
    kek: { kid: kek.kid.text, thumbprint: kek.thumbprint },
    target: { publicKey, thumbprint: publicKey === null ? null : thumbprintOf(publicKey), kcv: expected.kcv },
    confirmedBy: plan.confirmedBy,
    manifestSignedBy: [...plan.signedBy],
    verified: [...verified],
    notChecked: notCheckedOf(plan, verified),
    enabledAt: enabled ? now.toISOString() : null,
    createdAt: now.toISOString(),
    tool: TOOL,
  };
}

function bitsOf({ publicKey }: ServiceKey): number | null {
  if (publicKey === null) {
    return null;
  }
  return publicKey.kty === 'RSA' ? rsaBits(publicKey) : CURVE_BITS[publicKey.crv];
}

function notCheckedOf(plan: ImportPlan, verified: readonly Verified[]): NotChecked[] {
  const { manifest, signedBy, confirmedBy, expected } = plan;
  const symmetric = expected.type === 'oct';
  const ids: (NotChecked | false)[] = [
    manifest === null && 'manifest',
    manifest !== null && signedBy.length === 0 && 'manifest-signature',
    manifest === null && symmetric && 'target-type',
    (confirmedBy === 'unsigned-manifest' || confirmedBy === 'nothing') && 'target-confirmation',
    !symmetric && !verified.includes('public-key') && 'target-public-key',
    symmetric && 'imported-key',
    symmetric && !verified.includes('kcv') && 'kcv',
    !verified.includes('kcv') && 'possession',
    'trailing-bytes',
    'kek-attestation',
  ];
  return ids.filter((id) => id !== false);
}

/** What `import` prints with --json. */
export const importResultSchema = z.strictObject({
  /** One sentence: what was compared with what. */
  verdict: z.string(),
  receiptFile: z.string(),
  /** Whether the KEK was disabled afterwards, so that the blob cannot be imported again. */
  kekRetired: z.boolean(),
  /** Whether an earlier run had sent the blob, and this one only finished its work. */
  resumed: z.boolean(),
  receipt: receiptSchema,
});
export type ImportResult = z.output<typeof importResultSchema>;

/** The one sentence that says how far the key in the vault is known to be the right one. */
export function verdictOf({
  confirmedBy,
  manifestSignedBy,
  verified,
}: Pick<Receipt, 'confirmedBy' | 'manifestSignedBy' | 'verified'>): string {
  const manifest =
    manifestSignedBy.length === 0 ? 'an UNSIGNED manifest' : `the manifest signed by ${manifestSignedBy.join(', ')}`;
  if (verified.includes('kcv')) {
    return `the key check value matches ${manifest} (24 bits: finds errors, not attackers)`;
  }
  if (!verified.includes('public-key')) {
    return 'NOT COMPARED: nothing says which key this should be';
  }
  switch (confirmedBy) {
    case 'thumbprint':
      return 'the key in the vault is the one whose thumbprint was confirmed';
    case 'public-key':
      return 'the key in the vault is the one in the public key file';
    default:
      return `the key in the vault matches ${manifest}`;
  }
}

export function importText({ verdict, receiptFile, kekRetired, receipt }: ImportResult): string {
  const { key, target, kek, mode, emulator } = receipt;
  const kind = key.type === 'EC' ? `EC ${key.crv}` : `${key.type === 'oct' ? 'AES' : key.type} ${key.bits}`;
  return [
    ...modeLines({ mode, emulator }),
    `imported    ${key.kid}`,
    `key         ${kind}, ${receipt.enabledAt === null ? 'left DISABLED' : 'enabled'}`,
    `verdict     ${verdict}`,
    ...(target.thumbprint === null
      ? []
      : [`thumbprint  ${target.thumbprint}`, ...thumbprintLines(parseThumbprint(target.thumbprint))]),
    ...(target.kcv === null ? [] : [`KCV         ${target.kcv}`]),
    `receipt     ${receiptFile}`,
    `KEK         ${kek.kid}`,
    kekRetired
      ? '            is disabled now: the blob cannot be imported again'
      : '            the blob stays importable as long as this KEK lives; --retire-kek disables it',
    ...notCheckedLines(receipt.notChecked),
  ].join('\n');
}

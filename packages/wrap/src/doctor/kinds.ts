import type { Kek } from '@keyferry/blob';
import type { TargetKind } from '../wrapping/probe.js';

/** Tried when no key is named: one of each type. */
export const EACH_KIND: readonly TargetKind[] = [
  { type: 'RSA', bits: 2048, crv: null },
  { type: 'EC', bits: 256, crv: 'P-256' },
  { type: 'oct', bits: 256, crv: null },
];

/** AES keys can be made by every token that can wrap at all, and at once. */
export const AES_KIND: TargetKind = { type: 'oct', bits: 256, crv: null };

/** `RSA 2048`, `EC P-256`, `AES 256`: for people. */
export function kindName({ type, bits, crv }: TargetKind): string {
  return `${type === 'oct' ? 'AES' : type} ${crv ?? bits ?? 'of unknown size'}`;
}

/** Bits that a KEK can have. */
export const KEK_SIZES: readonly number[] = [2048, 3072, 4096];

/** The size of the KEK; the smallest where there is none, or none that could be used. */
export function kekBitsOf(kek: Kek | null): number {
  return kek !== null && KEK_SIZES.includes(kek.bits) ? kek.bits : 2048;
}

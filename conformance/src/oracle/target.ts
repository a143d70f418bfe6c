import type { CurveName } from './curves.js';

/** What a blob carries, in public words. */
export interface Target {
  readonly type: 'RSA' | 'EC' | 'oct';
  /** Of the modulus, of the curve, of the AES key. */
  readonly bits: number;
  readonly crv: CurveName | null;
  /** RFC 7638, as a URI; null for an AES key. */
  readonly thumbprint: string | null;
  /** Key check value of an AES key, 6 hex digits; null for others. It finds errors, not attackers. */
  readonly kcv: string | null;
}

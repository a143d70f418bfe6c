import type { Token } from '@keyferry/pkcs11';

export type Mode = 'production' | 'practice';

/** Manufacturers of tokens in software, as the modules name them. What they keep is as safe as a file. */
const SOFTWARE_TOKENS = [/^SoftHSM\b/i, /^Mozilla Foundation\b/i, /\bKryoptic\b/i];

/** A key of a software token is for practice, whatever the operator intends. Told by the manufacturer that the token names. */
export function modeOf(token: Pick<Token, 'manufacturer' | 'model'>): Mode {
  const software = SOFTWARE_TOKENS.some((name) => name.test(token.manufacturer) || name.test(token.model));
  return software ? 'practice' : 'production';
}

export const PRACTICE_NOTICE =
  'PRACTICE: this token is software, so the key was never protected by hardware. Use what is made here for practice only.';

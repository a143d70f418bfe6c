import { KeyferryError } from '@keyferry/errors';
import type { Token } from '@keyferry/pkcs11';

export type Mode = 'production' | 'practice';

/** Manufacturers of tokens in software, as the modules name them. What they keep is as safe as a file. */
const SOFTWARE_TOKENS = [/^SoftHSM\b/i, /^Mozilla Foundation\b/i, /\bKryoptic\b/i];

/** A key of a software token is for practice, whatever the operator intends. Told by the manufacturer that the token names. */
export function modeOf(token: Pick<Token, 'manufacturer' | 'model'>): Mode {
  const software = SOFTWARE_TOKENS.some((name) => name.test(token.manufacturer) || name.test(token.model));
  return software ? 'practice' : 'production';
}

/**
 * The mode of a run on this token: what the operator says, but never production on a software token.
 * Errors: USAGE, PRACTICE_REFUSED.
 */
export function modeFor(
  token: Pick<Token, 'manufacturer' | 'model'>,
  said: { readonly practice: boolean; readonly production: boolean },
): Mode {
  refuseBoth(said);
  const mode = modeOf(token);
  if (mode === 'practice' && said.production) {
    throw new KeyferryError('PRACTICE_REFUSED', {
      reason: `expected a hardware token, found ${token.manufacturer} ${token.model}`,
    });
  }
  return said.practice ? 'practice' : mode;
}

/** Errors: USAGE. */
export function refuseBoth({
  practice,
  production,
}: {
  readonly practice: boolean;
  readonly production: boolean;
}): void {
  if (practice && production) {
    throw new KeyferryError('USAGE', { reason: '--practice and --production contradict each other' });
  }
}

export const PRACTICE_NOTICE =
  'PRACTICE: the key was never protected by hardware, or the run was declared as practice. Use what is made here for practice only.';

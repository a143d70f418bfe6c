import { KeyferryError } from '@keyferry/errors';
import type { Cryptoki } from './cryptoki.js';
import { hsmError } from './hsm-error.js';
import { decodeTokenFlags, pinFlags } from './token-flags.js';

const CKU = { so: 0, user: 1 } as const;

/** C_Login. Throws PIN_INCORRECT and PIN_LOCKED with the flags that the token shows about its PIN afterwards. */
export function login(cryptoki: Cryptoki, slot: bigint, session: bigint, pin: string, user: 'user' | 'so'): void {
  try {
    cryptoki.login(session, CKU[user], pin);
  } catch (error) {
    throw withPinFlags(cryptoki, slot, user, error);
  }
}

/** C_Login with a PIN of NULL, for a token with a pad of its own. Errors as `login`. */
export async function loginAtPad(
  cryptoki: Cryptoki,
  slot: bigint,
  session: bigint,
  user: 'user' | 'so',
): Promise<void> {
  try {
    await (await cryptoki.foreign()).loginAtPad(session, CKU[user]);
  } catch (error) {
    throw withPinFlags(cryptoki, slot, user, error);
  }
}

function withPinFlags(cryptoki: Cryptoki, slot: bigint, user: 'user' | 'so', error: unknown): unknown {
  if (!(error instanceof KeyferryError) || (error.code !== 'PIN_INCORRECT' && error.code !== 'PIN_LOCKED'))
    return error;
  const { countLow, finalTry, locked } = pinFlags(decodeTokenFlags(cryptoki.tokenInfo(slot).flags), user);
  const said = locked ? 'PIN_LOCKED' : finalTry ? 'PIN_FINAL_TRY' : countLow ? 'PIN_COUNT_LOW' : null;
  return hsmError('C_Login', Number(error.values.number), error, {
    note: `flags of the token: ${said === null ? 'none about this PIN' : `CKF_${user.toUpperCase()}_${said}`}`,
    values: { user, pinCountLow: countLow, pinFinalTry: finalTry, pinLocked: locked },
    ...(finalTry && !locked ? { hint: 'stop: the next wrong PIN locks it' } : {}),
  });
}

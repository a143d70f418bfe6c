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
    if (!(error instanceof KeyferryError) || (error.code !== 'PIN_INCORRECT' && error.code !== 'PIN_LOCKED'))
      throw error;
    const { countLow, finalTry, locked } = pinFlags(decodeTokenFlags(cryptoki.tokenInfo(slot).flags), user);
    const said = locked ? 'PIN_LOCKED' : finalTry ? 'PIN_FINAL_TRY' : countLow ? 'PIN_COUNT_LOW' : null;
    throw hsmError('C_Login', Number(error.values.number), error, {
      note: `flags of the token: ${said === null ? 'none about this PIN' : `CKF_${user.toUpperCase()}_${said}`}`,
      values: { user, pinCountLow: countLow, pinFinalTry: finalTry, pinLocked: locked },
      ...(finalTry && !locked ? { hint: 'stop: the next wrong PIN locks it' } : {}),
    });
  }
}

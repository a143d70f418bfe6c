import { KeyferryError } from '@keyferry/errors';
import { LoadedModule, type Pkcs11Module } from './module.js';
import type { Token } from './token.js';

const LABEL_BYTES = 32;

/**
 * Makes a token in the first slot whose token is not initialised yet: C_InitToken, then C_InitPIN as security officer.
 * The label has at most 32 bytes of UTF-8. Throws TOKEN_NOT_FOUND when there is no such slot.
 */
export function initializeToken(
  module: Pkcs11Module,
  options: { readonly label: string; readonly soPin: string; readonly pin: string },
): Token {
  if (!(module instanceof LoadedModule)) {
    throw new KeyferryError('INTERNAL', { reason: 'expected a module from loadModule' });
  }
  const { label, soPin, pin } = options;
  if (Buffer.byteLength(label) > LABEL_BYTES) {
    throw new KeyferryError('INTERNAL', {
      reason: `expected a label of at most ${LABEL_BYTES} bytes, found "${label}"`,
    });
  }
  const slot = module.cryptoki.slotsWithToken().find((each) => !module.tokenInSlot(each).flags.initialized);
  if (slot === undefined) {
    throw new KeyferryError('TOKEN_NOT_FOUND', { reason: 'expected a slot with a token to initialise, found none' });
  }
  module.cryptoki.initToken(slot, soPin, label);
  const session = module.cryptoki.openSession(slot, true);
  try {
    module.cryptoki.login(session, 0, soPin);
    module.cryptoki.initPin(session, pin);
  } finally {
    module.cryptoki.closeSession(session);
  }
  return module.tokenInSlot(slot);
}

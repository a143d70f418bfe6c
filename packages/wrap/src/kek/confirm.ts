import { type Kek, parseThumbprint } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import type { Terminal } from '@keyferry/terminal';

/**
 * The operator gives the thumbprint of the KEK from a second source, in any form that parseThumbprint takes: as URI, in
 * hex, or as the 32 PGP words that a witness reads out; the machine compares. It is not shown before, so that it cannot be
 * copied from the screen. Errors: THUMBPRINT_INVALID, THUMBPRINT_MISMATCH, NOT_A_TERMINAL, CANCELLED.
 */
export async function confirmKek(kek: Kek, given: string | undefined, terminal: Terminal): Promise<void> {
  const typed = given ?? (await askForThumbprint(kek, terminal));
  if (parseThumbprint(typed) !== kek.thumbprint) {
    throw new KeyferryError('THUMBPRINT_MISMATCH', {
      reason: `expected ${parseThumbprint(typed)}, found ${kek.thumbprint} in the KEK file`,
      values: { kid: kek.kid.text, expected: parseThumbprint(typed), actual: kek.thumbprint },
    });
  }
}

async function askForThumbprint(kek: Kek, terminal: Terminal): Promise<string> {
  if (!terminal.interactive) {
    throw new KeyferryError('NOT_A_TERMINAL', {
      reason: 'the thumbprint of the KEK must be confirmed from a second source',
      hint: 'add --confirm-thumbprint with the whole thumbprint, not taken from the KEK file',
    });
  }
  terminal.say(`KEK ${kek.kid.text} (RSA ${kek.bits})`);
  const typed = (await terminal.ask('Type its thumbprint as your second source shows it: ')).trim();
  if (typed === '') throw new KeyferryError('CANCELLED', { reason: 'no thumbprint was typed' });
  return typed;
}

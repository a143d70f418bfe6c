import { KeyferryError } from '@keyferry/errors';
import type { Terminal } from '@keyferry/terminal';

/**
 * Lets the operator type the name of the key that something is to be done to, unless --yes says that it is meant.
 * @throws NOT_A_TERMINAL, CANCELLED.
 */
export async function confirmByName(terminal: Terminal, name: string, what: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!terminal.interactive) {
    throw new KeyferryError('NOT_A_TERMINAL', { reason: `${what} must be confirmed`, hint: 'add --yes' });
  }
  const typed = await terminal.ask(`${what}. Type "${name}" to go on: `);
  if (typed !== name) {
    throw new KeyferryError('CANCELLED', { reason: `expected "${name}", found "${typed}"; nothing was changed` });
  }
}

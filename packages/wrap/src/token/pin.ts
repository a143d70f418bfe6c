import { KeyferryError } from '@keyferry/errors';
import { readSecretFile } from '@keyferry/files';
import type { Pkcs11Uri, Token } from '@keyferry/pkcs11';
import type { Terminal } from '@keyferry/terminal';

export const pinOptions = {
  'pin-file': { type: 'string', describe: 'file that holds the PIN, readable by its owner alone' },
  'pin-env': { type: 'string', describe: 'name of the environment variable that holds the PIN' },
} as const;

export interface PinSources {
  readonly pinFile?: string | undefined;
  readonly pinEnv?: string | undefined;
  readonly uri: Pkcs11Uri;
}

/**
 * The user's PIN from the one source that is given, else asked for on the terminal.
 * Errors: USAGE, PIN_NOT_GIVEN, PIN_LOCKED, PIN_PAD_UNSUPPORTED, SECRET_FILE_EXPOSED, FILE_*.
 */
export async function obtainPin(sources: PinSources, token: Token, terminal: Terminal): Promise<string> {
  const { pinFile, pinEnv, uri } = sources;
  const given = [pinFile && '--pin-file', pinEnv && '--pin-env', uri.pinSource && 'pin-source'].filter(Boolean);
  if (given.length > 1) {
    throw new KeyferryError('USAGE', { reason: `expected one source of the PIN, found ${given.join(' and ')}` });
  }
  warnOfFlags(token, terminal);
  if (pinEnv) return pinFromEnvironment(pinEnv);
  const file = pinFile ?? uri.pinSource;
  if (file) return requirePin(await readSecretFile(file), 'the file is empty');
  if (token.flags.protectedAuthenticationPath) {
    throw new KeyferryError('PIN_PAD_UNSUPPORTED', {
      reason: `token "${token.label}" shows CKF_PROTECTED_AUTHENTICATION_PATH, and no PIN is given`,
    });
  }
  if (!terminal.interactive) {
    throw new KeyferryError('PIN_NOT_GIVEN', {
      reason: `token "${token.label}" wants a PIN, and this is not a terminal`,
    });
  }
  return requirePin(await terminal.askSecret(`PIN of token "${token.label}": `), 'nothing was typed');
}

function pinFromEnvironment(name: string): string {
  const pin = process.env[name];
  delete process.env[name];
  return requirePin(pin ?? '', 'the environment variable that --pin-env names is not set, or empty');
}

function requirePin(pin: string, problem: string): string {
  if (pin === '') throw new KeyferryError('PIN_NOT_GIVEN', { reason: problem });
  return pin;
}

function warnOfFlags(token: Token, terminal: Terminal): void {
  const { userPinLocked, userPinFinalTry, userPinCountLow } = token.flags;
  if (userPinLocked)
    throw new KeyferryError('PIN_LOCKED', { reason: `token "${token.label}" says that its user PIN is locked` });
  if (userPinFinalTry) terminal.warn(`one more wrong PIN locks token "${token.label}"`);
  else if (userPinCountLow) terminal.warn(`a wrong PIN was given to token "${token.label}" since the last right one`);
}

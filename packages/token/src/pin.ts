import { KeyferryError } from '@keyferry/errors';
import { readSecretFile } from '@keyferry/files';
import { type Pkcs11Uri, pinFlags, type Token } from '@keyferry/pkcs11';
import type { Terminal } from '@keyferry/terminal';

/** Whose PIN: the user of the keys, or the security officer (SO), who decides which wrapping keys are trusted. */
export type User = 'user' | 'so';

export const pinOptions = {
  'pin-file': { type: 'string', describe: 'file that holds the PIN, readable by its owner alone' },
  'pin-env': { type: 'string', describe: 'name of the environment variable that holds the PIN' },
} as const;

/** For commands of the security officer. */
export const soPinOptions = {
  'so-pin-file': {
    type: 'string',
    describe: "file that holds the security officer's PIN, readable by its owner alone",
  },
  'so-pin-env': {
    type: 'string',
    describe: "name of the environment variable that holds the security officer's PIN",
  },
} as const;

export const WHOSE: Readonly<Record<User, string>> = { user: 'PIN', so: "security officer's PIN" };

export interface PinSources {
  readonly pinFile?: string | undefined;
  readonly pinEnv?: string | undefined;
  readonly uri: Pkcs11Uri;
}

/**
 * The PIN from the one source that is given; else null where the token asks for it on a pad of its own; else asked for on
 * the terminal. A pin-source in the URI is the user's.
 * Errors: USAGE, PIN_NOT_GIVEN, PIN_LOCKED, SECRET_FILE_EXPOSED, FILE_*.
 */
export async function obtainPin(
  sources: PinSources,
  token: Pick<Token, 'label' | 'flags'>,
  terminal: Terminal,
  user: User = 'user',
): Promise<string | null> {
  const { pinFile, pinEnv } = sources;
  const pinSource = user === 'user' ? sources.uri.pinSource : undefined;
  const prefix = user === 'user' ? '--' : '--so-';
  const given = [pinFile && `${prefix}pin-file`, pinEnv && `${prefix}pin-env`, pinSource && 'pin-source'].filter(
    Boolean,
  );
  if (given.length > 1) {
    throw new KeyferryError('USAGE', { reason: `expected one source of the PIN, found ${given.join(' and ')}` });
  }
  warnOfFlags(token, terminal, user);
  if (pinEnv) return pinFromEnvironment(pinEnv);
  const file = pinFile ?? pinSource;
  if (file) return requirePin(await readSecretFile(file), 'the file is empty');
  if (token.flags.protectedAuthenticationPath) return null;
  if (!terminal.interactive) {
    throw new KeyferryError('PIN_NOT_GIVEN', {
      reason: `token "${token.label}" wants the ${WHOSE[user]}, and this is not a terminal`,
    });
  }
  return requirePin(
    await terminal.askSecret(`${sentence(WHOSE[user])} of token "${token.label}": `),
    'nothing was typed',
  );
}

function pinFromEnvironment(name: string): string {
  const pin = process.env[name];
  delete process.env[name];
  return requirePin(pin ?? '', 'the environment variable that is named is not set, or empty');
}

function requirePin(pin: string, problem: string): string {
  if (pin === '') throw new KeyferryError('PIN_NOT_GIVEN', { reason: problem });
  return pin;
}

function warnOfFlags(token: Pick<Token, 'label' | 'flags'>, terminal: Terminal, user: User): void {
  const { countLow, finalTry, locked } = pinFlags(token.flags, user);
  if (locked) {
    throw new KeyferryError('PIN_LOCKED', {
      reason: `token "${token.label}" says that its ${WHOSE[user]} is locked`,
    });
  }
  if (finalTry) terminal.warn(`one more wrong ${WHOSE[user]} locks token "${token.label}"`);
  else if (countLow)
    terminal.warn(`a wrong ${WHOSE[user]} was given to token "${token.label}" since the last right one`);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

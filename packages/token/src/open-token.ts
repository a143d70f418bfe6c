import { KeyferryError } from '@keyferry/errors';
import {
  loadModule,
  type Pkcs11Module,
  type Pkcs11Uri,
  parsePkcs11Uri,
  type Session,
  type Token,
} from '@keyferry/pkcs11';
import type { Terminal } from '@keyferry/terminal';
import { obtainPin, type PinSources, type User, WHOSE } from './pin.js';

export const moduleOptions = {
  module: { type: 'string', describe: 'PKCS#11 module (goes before module-path of the URI)' },
  'module-parameters': { type: 'string', describe: 'initialisation string of the module, where it wants one (NSS)' },
} as const;

/** For commands that name a token rather than a key of it. */
export const tokenOptions = {
  token: { type: 'string', demandOption: true, describe: 'label of the token, or its PKCS#11 URI (RFC 7512)' },
} as const;

export interface ModuleArguments {
  readonly module?: string | undefined;
  readonly moduleParameters?: string | undefined;
}

export interface TokenArguments extends ModuleArguments {
  readonly pinFile?: string | undefined;
  readonly pinEnv?: string | undefined;
}

export interface OpenOptions {
  /** A session that can make, change and destroy objects of the token. Default false. */
  readonly writable?: boolean;
  /** Who logs in; `nobody` sees public objects only. Default `user`. */
  readonly as?: User | 'nobody';
}

/** A token with a session. */
export interface OpenToken {
  readonly module: Pkcs11Module;
  readonly token: Token;
  readonly session: Session;
  readonly uri: Pkcs11Uri;
}

/** The token that `--token` names, by its label or by a URI. Errors: URI_INVALID, SECRET_IN_ARGV. */
export function tokenUri(text: string): Pkcs11Uri {
  return /^pkcs11:/i.test(text) ? parsePkcs11Uri(text) : { token: text };
}

/**
 * Logs in to the token that the URI names and runs `work`. Unless `writable`, a token object can neither be made nor
 * changed through the session. Session objects vanish when it closes, which it does on every path.
 * Errors: MODULE_*, TOKEN_*, PIN_*, HSM_ERROR.
 */
export async function withToken<T>(
  uri: Pkcs11Uri,
  args: TokenArguments,
  terminal: Terminal,
  work: (open: OpenToken) => Promise<T>,
  { writable = false, as = 'user' }: OpenOptions = {},
): Promise<T> {
  return withModule(uri, args, async (module) => {
    const token = module.findToken(uri);
    const session = token.openSession({ writable });
    try {
      if (as !== 'nobody') {
        await logIn(session, token, { pinFile: args.pinFile, pinEnv: args.pinEnv, uri }, terminal, as);
      }
      return await work({ module, token, session, uri });
    } finally {
      session.close();
    }
  });
}

/** With a PIN from one of its sources, or at the token's own pad. Errors: PIN_*, HSM_ERROR. */
export async function logIn(
  session: Session,
  token: Token,
  sources: PinSources,
  terminal: Terminal,
  as: User,
): Promise<void> {
  const pin = await obtainPin(sources, token, terminal, as);
  if (pin !== null) return session.login(pin, as);
  terminal.say(`Type the ${WHOSE[as]} on the pad of token "${token.label}".`);
  await session.loginAtPad(as);
}

/** Loads the module that `--module` or the URI names. Errors: MODULE_*, HSM_ERROR. */
export async function withModule<T>(
  uri: Pkcs11Uri,
  args: ModuleArguments,
  work: (module: Pkcs11Module) => Promise<T>,
): Promise<T> {
  const path = args.module ?? uri.modulePath;
  if (path === undefined)
    throw new KeyferryError('MODULE_NOT_GIVEN', { reason: 'neither --module nor module-path in the URI' });
  const module = loadModule(path, { parameters: args.moduleParameters });
  try {
    return await work(module);
  } finally {
    module.close();
  }
}

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
import { obtainPin } from './pin.js';

export const moduleOptions = {
  module: { type: 'string', describe: 'PKCS#11 module (goes before module-path of the URI)' },
  'module-parameters': { type: 'string', describe: 'initialisation string of the module, where it wants one (NSS)' },
} as const;

export interface TokenArguments {
  readonly module?: string | undefined;
  readonly moduleParameters?: string | undefined;
  readonly pinFile?: string | undefined;
  readonly pinEnv?: string | undefined;
}

/** A token after login. */
export interface OpenToken {
  readonly module: Pkcs11Module;
  readonly token: Token;
  readonly session: Session;
  readonly uri: Pkcs11Uri;
}

/**
 * Logs in to the token that the URI names and runs `work`. The session is read-only: a token object can neither be made
 * nor changed through it, and the session objects vanish when it closes, which it does on every path.
 * Errors: URI_INVALID, MODULE_*, TOKEN_*, PIN_*, HSM_ERROR.
 */
export async function withToken<T>(
  keyUri: string,
  args: TokenArguments,
  terminal: Terminal,
  work: (open: OpenToken) => Promise<T>,
): Promise<T> {
  const uri = parsePkcs11Uri(keyUri);
  const path = args.module ?? uri.modulePath;
  if (path === undefined)
    throw new KeyferryError('MODULE_NOT_GIVEN', { reason: 'neither --module nor module-path in the URI' });
  const module = loadModule(path, { parameters: args.moduleParameters });
  try {
    const token = module.findToken(uri);
    const session = token.openSession();
    try {
      const pin = await obtainPin({ pinFile: args.pinFile, pinEnv: args.pinEnv, uri }, token, terminal);
      session.login(pin);
      return await work({ module, token, session, uri });
    } finally {
      session.close();
    }
  } finally {
    module.close();
  }
}

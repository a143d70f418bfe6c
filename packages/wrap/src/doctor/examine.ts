import { type Pkcs11Uri, parsePkcs11Uri, type Session, type Token } from '@keyferry/pkcs11';
import type { Terminal } from '@keyferry/terminal';
import type { Target } from '../target/target.js';
import { tokenUri, withModule } from '../token/open-token.js';
import type { MechanismChoice } from '../wrapping/ladder.js';
import { attempt } from './attempt.js';
import { checkByTrying } from './check-by-trying.js';
import { checkKekFile } from './check-kek.js';
import { checkKey } from './check-key.js';
import { checkClock, checkMachine, fileTimes } from './check-machine.js';
import { checkMechanisms } from './check-mechanisms.js';
import { checkModule, chooseToken, sha256OfModule } from './check-module.js';
import { checkToken, tryLogin } from './check-token.js';
import { type Finding, notChecked } from './findings.js';
import { kekBitsOf } from './kinds.js';
import { describeMake, vendorNote } from './vendors.js';

export interface DoctorArguments extends MechanismChoice {
  readonly module?: string | undefined;
  readonly moduleParameters?: string | undefined;
  readonly token?: string | undefined;
  readonly key?: string | undefined;
  readonly kek?: string | undefined;
  readonly kid?: string | undefined;
  readonly pinFile?: string | undefined;
  readonly pinEnv?: string | undefined;
  readonly out?: string | undefined;
}

export interface Examination {
  readonly findings: readonly Finding[];
  readonly module: { readonly path: string; readonly sha256: string };
  /** null where none could be chosen. */
  readonly token: Token | null;
}

/**
 * Looks at everything that a wrap will need, and touches no key that exists: what is tried is tried with throwaway keys of
 * the session, which are gone afterwards.
 * Errors: USAGE, URI_INVALID, MODULE_*, INTERRUPTED, and HSM_ERROR for a token that is gone.
 */
export async function examine(args: DoctorArguments, terminal: Terminal, signal: AbortSignal): Promise<Examination> {
  const now = new Date();
  const named = {
    token: args.token === undefined ? null : tokenUri(args.token),
    key: args.key === undefined ? null : parsePkcs11Uri(args.key),
  };
  const uri: Pkcs11Uri = { ...named.key, ...named.token };
  const findings: Finding[] = await checkMachine(args.out, terminal.interactive);
  const { kek, findings: ofKek } = await checkKekFile(args.kek, args.kid, now);
  findings.push(...ofKek);
  return withModule(uri, args, async (module) => {
    const sha256 = await sha256OfModule(module);
    findings.push(...checkClock(now, { files: fileTimes(module.path), kek }), ...(await checkModule(module, sha256)));
    const { token, findings: ofChoice } = await chooseToken(module, named);
    findings.push(...ofChoice);
    if (token !== null) {
      findings.push(
        ...checkToken(token),
        describeMake(vendorNote(token, module)),
        ...checkMechanisms(token, kekBitsOf(kek), args.kwpMechanism),
      );
      const session = await attempt('token/session', findings, () => token.openSession());
      if (session !== null) {
        try {
          const loggedIn = await tryLogin(session, token, { ...args, uri }, terminal, findings);
          signal.throwIfAborted();
          const target = await keyInToken(session, named.key, { kek, loggedIn }, findings);
          signal.throwIfAborted();
          if (loggedIn) await checkByTrying({ token, session, kek, target, choice: args }, findings, signal);
          else findings.push(...NOBODY_LOGGED_IN);
        } finally {
          session.close();
        }
      }
    }
    return { findings, module: { path: module.path, sha256 }, token };
  });
}

const NOBODY_LOGGED_IN: readonly Finding[] = [
  notChecked('temporary/login', 'whether temporary keys can be made and destroyed: nobody is logged in'),
  notChecked('wrapping/login', 'what the mechanisms emit: nobody is logged in'),
  notChecked('trust/login', 'whether the token protects keys: nobody is logged in'),
];

async function keyInToken(
  session: Session,
  uri: Pkcs11Uri | null,
  known: Parameters<typeof checkKey>[2],
  findings: Finding[],
): Promise<Target | null> {
  if (uri === null) {
    findings.push(notChecked('key/object', 'the key: none is named', 'add --key URI'));
    return null;
  }
  const { target, findings: ofKey } = await checkKey(session, uri, known);
  findings.push(...ofKey);
  return target;
}

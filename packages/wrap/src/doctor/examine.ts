import type { Kek } from '@keyferry/blob';
import { type Pkcs11Module, type Pkcs11Uri, parsePkcs11Uri, type Token } from '@keyferry/pkcs11';
import type { Terminal } from '@keyferry/terminal';
import { tokenUri, withModule } from '@keyferry/token';
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
    findings.push(...checkClock(now, { files: fileTimes(module.path), kek }), ...checkModule(module, sha256));
    const token = await chooseToken(module, named, findings);
    if (token !== null) {
      await checkChosen({ module, token, uri, key: named.key, kek, args }, findings, terminal, signal);
    }
    return { findings, module: { path: module.path, sha256 }, token };
  });
}

interface Chosen {
  readonly module: Pkcs11Module;
  readonly token: Token;
  readonly uri: Pkcs11Uri;
  readonly key: Pkcs11Uri | null;
  readonly kek: Kek | null;
  readonly args: DoctorArguments;
}

async function checkChosen(
  { module, token, uri, key, kek, args }: Chosen,
  findings: Finding[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  await attempt('token/info', findings, () => findings.push(...checkToken(token)));
  findings.push(describeMake(vendorNote(token, module)));
  await attempt('mechanisms/list', findings, () =>
    findings.push(...checkMechanisms(token, kekBitsOf(kek), args.kwpMechanism)),
  );
  signal.throwIfAborted();
  const session = await attempt('token/session', findings, () => token.openSession());
  if (session === null) return;
  try {
    const loggedIn = await tryLogin(session, token, { ...args, uri }, terminal, findings);
    signal.throwIfAborted();
    const target = await checkKey(session, key, { kek, loggedIn }, findings);
    signal.throwIfAborted();
    if (loggedIn) await checkByTrying({ token, session, kek, target, choice: args, terminal }, findings, signal);
    else findings.push(...NOBODY_LOGGED_IN);
  } finally {
    session.close();
  }
}

const NOBODY_LOGGED_IN: readonly Finding[] = [
  notChecked('temporary/login', 'whether temporary keys can be made and destroyed: nobody is logged in'),
  notChecked('wrapping/login', 'what the mechanisms emit: nobody is logged in'),
  notChecked('trust/login', 'whether the token protects keys: nobody is logged in'),
];

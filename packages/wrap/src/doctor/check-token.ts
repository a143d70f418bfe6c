import { type Pkcs11Uri, pinFlags, type Session, type Token } from '@keyferry/pkcs11';
import type { Terminal } from '@keyferry/terminal';
import { logIn } from '@keyferry/token';
import { modeOf } from '../mode.js';
import { attempt } from './attempt.js';
import { type Finding, notChecked, ok, problem, warning } from './findings.js';

/** What the token says about itself. Nothing here needs a login. */
export function checkToken(token: Token): Finding[] {
  const { manufacturer, model, serial, firmware, label, slotId } = token;
  return [
    ok(
      'token/identity',
      `"${label}": ${manufacturer} ${model}, serial ${serial}, firmware ${firmware}, slot ${slotId}`,
    ),
    ...(modeOf(token) === 'practice'
      ? [
          warning(
            'token/software',
            'PRACTICE: this is a token in software; what it keeps is as safe as a file',
            'for a real key use the HSM; here, rehearse',
          ),
        ]
      : []),
    ...flagsOf(token),
  ];
}

function flagsOf(token: Token): Finding[] {
  const { flags } = token;
  const { locked, finalTry, countLow } = pinFlags(flags, 'user');
  const findings: Finding[] = [];
  if (!flags.initialized) findings.push(problem('token/initialized', 'the token is not initialised'));
  if (flags.errorState) findings.push(problem('token/error-state', 'the token says that it failed a self-test'));
  if (!flags.userPinInitialized) {
    findings.push(problem('token/user-pin', 'the token has no user PIN yet', 'its security officer sets one'));
  }
  if (locked) {
    findings.push(problem('token/pin', 'the user PIN is locked', 'the security officer of the HSM can unlock it'));
  } else if (finalTry) {
    findings.push(
      warning(
        'token/pin',
        'one more wrong PIN locks the token, so no login is tried here',
        'log in once with the tools of the HSM, and be sure of the PIN',
      ),
    );
  } else if (countLow) {
    findings.push(warning('token/pin', 'a wrong PIN was given since the last right one; do not guess'));
  }
  if (flags.userPinToBeChanged) {
    findings.push(warning('token/pin-change', 'the token wants a new user PIN', 'change it with the tools of the HSM'));
  }
  if (flags.writeProtected) {
    findings.push(
      ok('token/write-protected', 'write-protected: enough for a wrap; nothing can be generated or made trusted here'),
    );
  }
  if (flags.protectedAuthenticationPath) {
    findings.push(ok('token/pin-pad', 'the token has a pad of its own; without --pin-file the PIN is typed there'));
  }
  return findings;
}

export interface LoginSources {
  readonly pinFile?: string | undefined;
  readonly pinEnv?: string | undefined;
  readonly uri: Pkcs11Uri;
}

/**
 * Logs in where that can do no harm. False where nobody is logged in afterwards; the findings say why. Errors: USAGE.
 */
export async function tryLogin(
  session: Session,
  token: Token,
  sources: LoginSources,
  terminal: Terminal,
  findings: Finding[],
): Promise<boolean> {
  const { flags } = token;
  const { locked, finalTry } = pinFlags(flags, 'user');
  const without = (reason: string, hint?: string) => {
    findings.push(notChecked('token/login', `what shows after a login only: ${reason}`, hint));
    return false;
  };
  if (locked) return without('the PIN is locked');
  if (finalTry) return without('a wrong PIN now would lock the token');
  if (!flags.userPinInitialized) return without('there is no user PIN');
  const given = [sources.pinFile, sources.pinEnv, sources.uri.pinSource].some((source) => source !== undefined);
  if (!given && !flags.loginRequired) {
    findings.push(ok('token/login', 'the token wants no login'));
    return true;
  }
  if (!given && !terminal.interactive) {
    const hint = flags.protectedAuthenticationPath
      ? 'run it on a terminal, and type the PIN on the pad'
      : 'run it on a terminal, or add --pin-file';
    findings.push(warning('token/login', 'nobody is logged in: most of what matters is not checked', hint));
    return false;
  }
  let accepted = false;
  await attempt('token/login', findings, async () => {
    await logIn(session, token, sources, terminal, 'user');
    accepted = true;
  });
  if (accepted) findings.push(ok('token/login', 'the PIN is right'));
  return accepted;
}

import type { SpyCall } from './spy-call.js';
import { type TokenObject, TokenObjects } from './token-objects.js';

export interface TokenSession {
  readonly opened: SpyCall;
  readonly ended: SpyCall | null;
}

/** What came to be, what was done with it, and what was left. */
export interface TokenHistory {
  readonly objects: readonly TokenObject[];
  readonly sessions: readonly TokenSession[];
  /** Logins that neither C_Logout nor the end of the last session of their token took back. */
  readonly loginsLeft: readonly SpyCall[];
  /** The object that a parameter of a call names, as it was then. */
  objectOf(call: SpyCall, parameter: string): TokenObject | null;
}

interface Kept extends TokenSession {
  readonly name: string;
  /** Of the program that opened it. */
  readonly token: string;
  ended: SpyCall | null;
}

const USER_ALREADY_LOGGED_IN = 0x100;

/** Follows the calls through sessions, logins and objects (PKCS #11 v3.1 sections 5.4, 5.6 and 5.7). */
export function followCalls(calls: readonly SpyCall[]): TokenHistory {
  const objects = new TokenObjects();
  const sessions: Kept[] = [];
  const logins = new Map<string, SpyCall>();

  const end = (call: SpyCall, ending: (session: Kept) => boolean) => {
    for (const session of sessions.filter((one) => one.ended === null && ending(one))) {
      session.ended = call;
      objects.endSession(call, session.name);
      if (sessions.every(({ token, ended }) => token !== session.token || ended !== null)) logins.delete(session.token);
    }
  };

  for (const call of calls) {
    const name = `${call.program}/${call.inputs.hSession}`;
    const token = sessions.findLast((session) => session.name === name)?.token ?? `${call.program}`;
    objects.take(call, token, name);
    if (['C_Login', 'C_LoginUser'].includes(call.name) && [0, USER_ALREADY_LOGGED_IN].includes(call.returned)) {
      logins.set(token, call);
    }
    if (call.returned !== 0) continue;
    const slot = `${call.program}/slot ${call.inputs.slotID}`;
    if (call.name === 'C_OpenSession') {
      sessions.push({ name: `${call.program}/${call.outputs['*phSession']}`, token: slot, opened: call, ended: null });
    }
    if (call.name === 'C_Logout') logins.delete(token);
    if (call.name === 'C_CloseSession') end(call, (session) => session.name === name);
    if (call.name === 'C_CloseAllSessions') end(call, (session) => session.token === slot);
    if (call.name === 'C_Finalize') end(call, ({ opened }) => opened.program === call.program);
  }
  return {
    objects: objects.all,
    sessions,
    loginsLeft: [...logins.values()],
    objectOf: (call, parameter) => objects.objectOf(call, parameter),
  };
}

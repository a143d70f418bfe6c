/** The process that loads the module: what the module does to its process, it does to this one alone. */
import { KeyferryError } from '@keyferry/errors';
import {
  isHsmError,
  loadModule,
  type ObjectHandle,
  type Pkcs11Module,
  type Session,
  type Token,
} from '@keyferry/pkcs11';
import { tokenUri } from '@keyferry/token';
import { wordsOf } from '../runner/give-up.js';
import { MODULE_CASE_TABLE } from './cases.js';
import type { Hsm } from './hsm.js';
import type { Looked, Reply, Request, SentError } from './protocol.js';
import { takeStock } from './stock.js';
import { refuseForeignToken } from './test-token.js';

let module: Pkcs11Module | null = null;
let token: Token | null = null;
let pins: { pin: string | null; soPin: string | null } = { pin: null, soPin: null };
let session: Session | null = null;

process.on('message', (request: Request) => {
  void answer(request).then((reply) => process.send?.(reply));
});
process.once('disconnect', () => {
  session?.close();
  module?.close();
  process.exit();
});

async function answer(request: Request): Promise<Reply> {
  try {
    switch (request.do) {
      case 'look':
        return { looked: look(request) };
      case 'enter':
        pins = request;
        session = await enter(opened());
        return { entered: true };
      case 'stock':
        return { stock: takeStock(entered()) };
      case 'run':
        return { verdict: await run(request.id, request.seed) };
    }
  } catch (error) {
    return { error: sent(error) };
  }
}

function look({ module: path, parameters, token: named }: Extract<Request, { do: 'look' }>): Looked {
  module = loadModule(path, { parameters });
  token = module.findToken(tokenUri(named));
  refuseForeignToken(token.label);
  const { manufacturer, description, libraryVersion } = module.info;
  const { label, manufacturer: maker, model, serial, firmware, flags } = token;
  return {
    module: { manufacturer, description, version: libraryVersion },
    token: { label, manufacturer: maker, model, serial, firmware, flags, mechanisms: [...token.mechanisms()] },
  };
}

async function enter(at: Token): Promise<Session> {
  const opening = at.openSession({ writable: true });
  if (pins.pin === null) await opening.loginAtPad();
  else opening.login(pins.pin);
  return opening;
}

/** Return values by which a token says that it has no such thing, or not in this form; all others are something gone wrong. */
const NOT_HERE = [
  0x10, 0x12, 0x13, 0x1b, 0x54, 0x62, 0x63, 0x68, 0x69, 0x6a, 0x70, 0x71, 0xd0, 0xd1, 0x113, 0x114, 0x115, 0x140,
];

async function run(id: string, seed: number) {
  const known = MODULE_CASE_TABLE[id as keyof typeof MODULE_CASE_TABLE];
  if (known === undefined) throw new KeyferryError('INTERNAL', { reason: `no case ${id}` });
  const made: ObjectHandle[] = [];
  const { soPin } = pins;
  const hsm: Hsm = {
    token: opened(),
    get session() {
      return entered();
    },
    own(object) {
      made.push(object);
      return object;
    },
    asOfficer: soPin === null ? null : (work) => inPlaceOfUser((other) => other.login(soPin, 'so'), work),
    asNobody: (work) => inPlaceOfUser(() => undefined, work),
    seed,
  };
  try {
    return await known.run(hsm);
  } catch (error) {
    // What the case is about it attempts, and judges the refusal. This is what it needs beside that.
    if (!isHsmError(error, ...NOT_HERE)) throw error;
    return { kind: 'skipped', reason: `what the case needs was refused: ${wordsOf(error)}` } as const;
  } finally {
    for (const object of made.toReversed()) destroy(object);
  }
}

/** A login is the whole process's, so the user's sessions end before another begins, and their session objects with them. */
async function inPlaceOfUser<T>(login: (other: Session) => void, work: (other: Session) => Promise<T>): Promise<T> {
  session?.close();
  const other = opened().openSession({ writable: true });
  try {
    login(other);
    return await work(other);
  } finally {
    other.close();
    session = await enter(opened());
  }
}

function destroy(object: ObjectHandle): void {
  try {
    session?.destroy(object);
  } catch {
    // It has gone already, or cannot be destroyed: what stays in the token is told at the end.
  }
}

function entered(): Session {
  if (session === null) throw new KeyferryError('INTERNAL', { reason: 'nobody is logged in' });
  return session;
}

function opened(): Token {
  if (token === null) throw new KeyferryError('INTERNAL', { reason: 'the module was not looked at' });
  return token;
}

function sent(error: unknown): SentError {
  if (error instanceof KeyferryError) {
    return { code: error.code, reason: error.reason, hint: error.hint, values: error.values };
  }
  return {
    code: null,
    reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
    hint: undefined,
    values: {},
  };
}

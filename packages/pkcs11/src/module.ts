import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { Cryptoki } from './cryptoki.js';
import { checkElf, ELF_HEADER_BYTES } from './elf.js';
import type { OpenSession } from './open-session.js';
import { readToken, type Token } from './token.js';
import { describeSelection, isSelected, type TokenNames, type TokenSelection } from './token-selection.js';

export interface Pkcs11Module {
  /** Absolute path of the library. */
  readonly path: string;
  readonly info: {
    readonly manufacturer: string;
    readonly description: string;
    readonly libraryVersion: string;
    readonly cryptokiVersion: string;
  };
  /** The tokens that are present, also those that are not initialised yet. */
  tokens(): Token[];
  /** The one token that matches: TOKEN_NOT_FOUND and TOKEN_AMBIGUOUS list what is there. */
  findToken(select: TokenSelection): Token;
  /** How many objects were made through this module since the library was initialised, those that are gone included. */
  readonly objectsMade: number;
  /**
   * Ends all sessions, finalises the library and initialises it again: handles and logins from before are void. SoftHSM 2.6.1
   * keeps memory of each object that is gone (205 bytes of one in a session, 840 of one in the token) until then.
   * Throws INTERNAL while an operation is under way, and when somebody else in this process initialised the library.
   */
  restart(): void;
  /** Ends all sessions. Finalises the library if it was initialised here. */
  close(): void;
}

/**
 * Loads a PKCS#11 library and initialises it. `parameters` is the initialisation string that NSS wants.
 * Throws MODULE_NOT_FOUND, MODULE_FOREIGN, MODULE_LOAD_FAILED, HSM_ERROR.
 */
export function loadModule(path: string, options: { parameters?: string | undefined } = {}): Pkcs11Module {
  const file = resolve(path);
  checkLibraryFile(file);
  const cryptoki = loadLibrary(file);
  return new LoadedModule(file, cryptoki, options.parameters);
}

/** A module with its library: what this package knows of it beyond the interface. */
export class LoadedModule implements Pkcs11Module {
  readonly path: string;
  readonly info: Pkcs11Module['info'];
  readonly cryptoki: Cryptoki;
  readonly #owner: boolean;
  readonly #parameters: string | undefined;
  readonly #sessions = new Set<OpenSession>();
  #closed = false;

  constructor(path: string, cryptoki: Cryptoki, parameters: string | undefined) {
    this.#owner = cryptoki.initialize(parameters);
    this.#parameters = parameters;
    const info = cryptoki.info();
    this.path = path;
    this.cryptoki = cryptoki;
    this.info = {
      manufacturer: info.manufacturerID,
      description: info.libraryDescription,
      libraryVersion: `${info.libraryVersion.major}.${info.libraryVersion.minor}`,
      cryptokiVersion: `${info.cryptokiVersion.major}.${info.cryptokiVersion.minor}`,
    };
  }

  tokens(): Token[] {
    return this.cryptoki.slotsWithToken().map((slot) => this.tokenInSlot(slot));
  }

  tokenInSlot(slot: bigint): Token {
    return readToken(this.cryptoki, slot, this.#sessions);
  }

  findToken(select: TokenSelection): Token {
    const present: Token[] = [];
    const matching: Token[] = [];
    for (const slot of this.cryptoki.slotsWithToken()) {
      const token = this.tokenInSlot(slot);
      if (token.label === '' && !token.flags.initialized) continue;
      present.push(token);
      if (isSelected(this.#namesOf(slot, token), select)) matching.push(token);
    }
    const [token] = matching;
    if (token !== undefined && matching.length === 1) return token;
    const [code, shown] =
      token === undefined ? (['TOKEN_NOT_FOUND', present] as const) : (['TOKEN_AMBIGUOUS', matching] as const);
    const found = shown.length === 0 ? 'none' : shown.map(describeToken).join(', ');
    throw new KeyferryError(code, {
      reason: `expected one token with ${describeSelection(select)}, found ${found}`,
      hint:
        code === 'TOKEN_NOT_FOUND'
          ? `list the tokens with: pkcs11-tool --module ${this.path} --list-token-slots`
          : 'add serial= or slot-id= to the URI',
      values: { module: this.path, tokens: found },
    });
  }

  #namesOf(slotNumber: bigint, token: Token): TokenNames {
    const slot = this.cryptoki.slotInfo(slotNumber);
    return {
      token: token.label,
      serial: token.serial,
      manufacturer: token.manufacturer,
      model: token.model,
      slotId: token.slotId,
      slotManufacturer: slot.manufacturerID,
      slotDescription: slot.slotDescription,
      libraryManufacturer: this.info.manufacturer,
      libraryDescription: this.info.description,
      libraryVersion: this.info.libraryVersion,
    };
  }

  get objectsMade(): number {
    return this.cryptoki.objectsMade;
  }

  restart(): void {
    if (this.#closed || !this.#owner) {
      throw new KeyferryError('INTERNAL', {
        reason: 'only who initialised a module may restart it, before it is closed',
      });
    }
    this.#endSessions();
    this.cryptoki.finalize();
    this.cryptoki.initialize(this.#parameters);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#endSessions();
    if (this.#owner) this.cryptoki.finalize();
  }

  #endSessions(): void {
    for (const session of [...this.#sessions]) session.close();
    if (this.#sessions.size > 0) {
      throw new KeyferryError('INTERNAL', { reason: 'the module was closed while an operation was under way' });
    }
  }
}

function checkLibraryFile(file: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new KeyferryError('MODULE_NOT_FOUND', { reason: `no such file: ${file}`, values: { path: file }, cause });
    }
    throw new KeyferryError('MODULE_LOAD_FAILED', {
      reason: `cannot open ${file}: ${code}`,
      values: { path: file },
      cause,
    });
  }
  try {
    if (!fstatSync(descriptor).isFile()) {
      throw new KeyferryError('MODULE_FOREIGN', {
        reason: `expected a shared library, found something that is no file: ${file}`,
        values: { path: file },
      });
    }
    const header = Buffer.alloc(ELF_HEADER_BYTES);
    const length = readSync(descriptor, header, 0, header.length, 0);
    if (process.platform === 'linux') checkElf(file, header.subarray(0, length));
  } finally {
    closeSync(descriptor);
  }
}

function loadLibrary(file: string): Cryptoki {
  try {
    return Cryptoki.load(file);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    if (said.includes('C_GetFunctionList')) {
      throw new KeyferryError('MODULE_FOREIGN', {
        reason: `expected a library with the function C_GetFunctionList, found none: ${file}`,
        values: { path: file },
        cause,
      });
    }
    throw new KeyferryError('MODULE_LOAD_FAILED', {
      reason: `the system loader says: ${said}`,
      hint: `see what is missing with: ldd ${file}`,
      values: { path: file },
      cause,
    });
  }
}

function describeToken(token: Token): string {
  return `"${token.label}" (serial ${token.serial}, slot ${token.slotId})`;
}

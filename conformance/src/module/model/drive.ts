import { type Attributes, CKM, type ObjectHandle } from '@keyferry/pkcs11';
import { type Attempt, attempt, type Hsm } from '../hsm.js';
import { returnedBy } from '../judging.js';
import { aesKeyWrapOf } from '../keys.js';
import * as standard from './standard.js';
import { FLAGS, type Flag, type Flags, type Step } from './step.js';
import { wordsOf } from './words.js';

/** Where a module did what the standard forbids, or told what is not so. */
export interface Divergence {
  readonly clause: string;
  readonly expected: string;
  /** The calls that led there, and what came of the last. */
  readonly actual: string;
}

interface Key {
  readonly handle: ObjectHandle;
  readonly name: string;
  state: standard.KeyState;
}

interface Product {
  readonly wrapped: Buffer;
  readonly wrappedBy: number;
  readonly bytes: number;
  readonly name: string;
}

/** What every key of a sequence has, and which flags are looked at after each call. */
export interface Ground {
  readonly base: Flags;
  readonly looks: readonly Flag[];
}

/** Takes the steps in session objects of the token, which are gone afterwards. Null when all is as the standard has it. */
export function drive(hsm: Hsm, { base, looks }: Ground, steps: readonly Step[]): Promise<Divergence | null> {
  return hsm.session.temporary(async (own) => {
    const run = new Run(hsm, own, base, looks);
    for (const step of steps) {
      const found = await run.take(step);
      if (found !== null) return found;
    }
    return null;
  });
}

class Run {
  readonly #hsm: Hsm;
  readonly #own: (object: ObjectHandle) => ObjectHandle;
  readonly #base: Flags;
  readonly #looks: readonly Flag[];
  readonly #keys: Key[] = [];
  readonly #products: Product[] = [];
  /** By the number of the bytes, where they are known outside. */
  readonly #values = new Map<number, Buffer>();
  readonly #words: string[] = [];
  #bytes = 0;

  constructor(hsm: Hsm, own: (object: ObjectHandle) => ObjectHandle, base: Flags, looks: readonly Flag[]) {
    this.#hsm = hsm;
    this.#own = own;
    this.#base = base;
    this.#looks = looks;
  }

  async take(step: Step): Promise<Divergence | null> {
    switch (step.call) {
      case 'generate':
      case 'create':
        return this.#make(step.call, { ...this.#base, ...step.template });
      case 'copy':
        return this.#copy(pick(this.#keys, step.key), step.template);
      case 'set':
        return this.#set(pick(this.#keys, step.key), step.template);
      case 'wrap':
        return this.#wrap(pick(this.#keys, step.by), pick(this.#keys, step.key));
      case 'unwrap':
        return this.#unwrap(pick(this.#keys, step.by), pick(this.#products, step.product), {
          ...this.#base,
          ...step.template,
        });
      case 'read':
        return this.#read(pick(this.#keys, step.key));
    }
  }

  async #make(how: 'generate' | 'create', template: Flags): Promise<Divergence | null> {
    const { session } = this.#hsm;
    const bytes = this.#bytes++;
    const value = session.random(32);
    const made = await attempt(async () =>
      how === 'create'
        ? session.create({ ...KEY, ...template, value })
        : session.generateKey({ type: CKM.AES_KEY_GEN }, { ...KEY, ...template, valueLen: 32 }),
    );
    if (how === 'create') this.#values.set(bytes, value);
    const call = how === 'create' ? 'C_CreateObject' : 'C_GenerateKey';
    const words = `${call} of ${this.#nextName()}${wordsOf(template)}`;
    return (
      this.#judge(words, standard.templateForbidden(template), made) ??
      this.#keep(made, standard.made(how, template, bytes))
    );
  }

  async #copy(key: Key | undefined, template: Flags): Promise<Divergence | null> {
    if (key === undefined) return null;
    const copy = await attempt(() => this.#hsm.session.copy(key.handle, template));
    const words = `C_CopyObject of ${key.name} to ${this.#nextName()}${wordsOf(template)}`;
    const forbidden = standard.copyForbidden(key.state, template);
    return this.#judge(words, forbidden, copy) ?? this.#keep(copy, standard.copied(key.state, template));
  }

  async #set(key: Key | undefined, template: Flags): Promise<Divergence | null> {
    if (key === undefined || Object.keys(template).length === 0) return null;
    const set = await attempt(() => this.#hsm.session.write(key.handle, template));
    const words = `C_SetAttributeValue of ${key.name}${wordsOf(template)}`;
    const found = this.#judge(words, standard.changeForbidden(key.state, template), set);
    if (found !== null) return found;
    key.state = (set.done ? standard.changed : standard.refusedChange)(key.state, template);
    return this.#look(key);
  }

  async #wrap(by: Key | undefined, key: Key | undefined): Promise<Divergence | null> {
    const mechanism = aesKeyWrapOf(this.#hsm);
    if (by === undefined || key === undefined || mechanism === null) return null;
    const wrapped = await attempt(() => this.#hsm.session.wrapKey(mechanism, by.handle, key.handle));
    const name = `product ${this.#products.length + 1}`;
    const words = `C_WrapKey of ${key.name} under ${by.name} to ${name}`;
    const found = this.#judge(words, standard.wrapForbidden(by.state, key.state), wrapped);
    if (wrapped.done) {
      const { bytes } = key.state;
      this.#products.push({ wrapped: wrapped.value, wrappedBy: by.state.bytes, bytes, name });
    }
    return found;
  }

  async #unwrap(by: Key | undefined, product: Product | undefined, template: Flags): Promise<Divergence | null> {
    const mechanism = aesKeyWrapOf(this.#hsm);
    if (by === undefined || product === undefined || mechanism === null) return null;
    const { wrapped, wrappedBy, bytes } = product;
    const opened = await attempt(() =>
      this.#hsm.session.unwrapKey(mechanism, by.handle, wrapped, { ...KEY, ...template }),
    );
    const words = `C_UnwrapKey of ${product.name} under ${by.name} to ${this.#nextName()}${wordsOf(template)}`;
    const found = this.#judge(words, standard.unwrapForbidden(by.state, wrappedBy, template), opened);
    return found ?? this.#keep(opened, standard.made('unwrap', template, bytes));
  }

  #read(key: Key | undefined): Divergence | null {
    if (key === undefined) return null;
    const value = this.#hsm.session.read(key.handle, 'value');
    this.#words.push(`C_GetAttributeValue of CKA_VALUE of ${key.name}`);
    const forbidden = standard.valueForbidden(key.state);
    if (value === null) return null;
    if (forbidden !== null) return this.#diverged(forbidden, 'it gave the value');
    const known = this.#values.get(key.state.bytes);
    const same = known === undefined || known.equals(value);
    value.fill(0);
    const rule = { clause: 'PKCS#11 v3.1 section 5.7.5', words: 'a key has the value that it was made with' };
    return same ? null : this.#diverged(rule, 'it gave another value');
  }

  /** A call that a rule forbids must be refused. One that none forbids may be: tokens have reasons of their own. */
  #judge(words: string, forbidden: standard.Rule | null, attempted: Attempt<unknown>): Divergence | null {
    this.#words.push(attempted.done ? words : `${words} (refused with ${returnedBy(attempted)})`);
    return attempted.done && forbidden !== null ? this.#diverged(forbidden, 'it returned CKR_OK') : null;
  }

  #keep(made: Attempt<ObjectHandle>, state: standard.KeyState): Divergence | null {
    if (!made.done) return null;
    const key = { handle: this.#own(made.value), name: this.#nextName(), state };
    this.#keys.push(key);
    return this.#look(key);
  }

  /** Each flag that the token tells is as it must be, and what was the token's choice is known from here on. */
  #look(key: Key): Divergence | null {
    const actual: Partial<Record<Flag, boolean>> = {};
    for (const flag of this.#looks) {
      const value = this.#hsm.session.read(key.handle, flag);
      if (value !== null) actual[flag] = value;
    }
    const flag = standard.differs(key.state.flags, actual);
    key.state = { ...key.state, flags: { ...actual, ...key.state.flags } };
    if (flag === null) return null;
    const rule = {
      clause: 'PKCS#11 v3.1 sections 4.4, 4.7 and 4.10',
      words: `${FLAGS[flag]} of ${key.name} is ${key.state.flags[flag]}`,
    };
    return this.#diverged(rule, `${FLAGS[flag]} reads ${actual[flag]}`);
  }

  #diverged({ clause, words }: standard.Rule, actual: string): Divergence {
    return { clause, expected: words, actual: `${this.#words.join('; ')}: ${actual}` };
  }

  #nextName(): string {
    return `key ${this.#keys.length + 1}`;
  }
}

const KEY: Attributes = { class: 'secret-key', keyType: 'AES', token: false, private: true };

function pick<T>(all: readonly T[], number: number): T | undefined {
  return all[number % Math.max(1, all.length)];
}

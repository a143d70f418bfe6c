import { createHash, type Hash } from 'node:crypto';
import { RSA_AES_KEY_WRAP, type SpyAttribute, type SpyCall } from './spy-call.js';
import { bytesOfDump, type SpyLine } from './spy-line.js';

/** Why a log does not show one call after the other. */
export type Disorder =
  | 'the calls of several threads or processes overlap'
  | 'the last call has not come back'
  | 'the spy could not load the module';

const HANDLES = [
  'hSession',
  'hObject',
  'hKey',
  'hWrappingKey',
  'hUnwrappingKey',
  'hBaseKey',
  'hPublicKey',
  'hPrivateKey',
];
const KEPT = [...HANDLES, '*phSession', '*phObject', '*phNewObject', 'slotID', 'flags', 'ulObjectCount'];

/** Numbers of 1 or 8 bytes, little-endian, that the spy dumps like other bytes. */
const NUMBERS = ['CKA_VALUE_LEN', 'CKA_MODULUS_BITS'];
const FLAGS = ['CKA_TRUSTED', 'CKA_WRAP_WITH_TRUSTED', 'CKA_COPYABLE', 'CKA_MODIFIABLE', 'CKA_DESTROYABLE'];
const BYTES = ['CKA_MODULUS', 'CKA_PUBLIC_EXPONENT'];
const MOST_BYTES = 2048;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Dumped = (bytes: Uint8Array) => void;

/** Puts lines together to calls, and says what the log shows badly. */
export class CallCollector {
  readonly calls: SpyCall[] = [];
  readonly disorder = new Set<Disorder>();
  #program = 0;
  #loaded = true;
  #next = 0;
  #open: OpenCall | null = null;

  take(line: SpyLine): void {
    if (line.kind === 'banner') this.#load();
    else if (line.kind === 'loaded') this.#loaded = true;
    else if (line.kind === 'header') this.#begin(line.number, line.name);
    else if (this.#open === null) this.#between(line);
    else if (line.kind === 'returned') {
      this.calls.push(this.#open.end(line.code));
      this.#open = null;
    } else this.#open.take(line);
  }

  end(): void {
    if (this.#open !== null) this.disorder.add('the last call has not come back');
    if (!this.#loaded) this.disorder.add('the spy could not load the module');
  }

  #load(): void {
    if (this.#open !== null) this.#overlap();
    if (!this.#loaded) this.disorder.add('the spy could not load the module');
    this.#open = null;
    this.#loaded = false;
    this.#next = 0;
    this.#program++;
  }

  #begin(number: number, name: string): void {
    if (this.#open !== null || number !== this.#next) this.#overlap();
    this.#next = number + 1;
    this.#open = new OpenCall(this.#program, number, name);
  }

  /** Until the module is loaded the spy says what it tries. */
  #between(line: SpyLine): void {
    if (line.kind !== 'blank' && this.#loaded) this.#overlap();
  }

  #overlap(): void {
    this.disorder.add('the calls of several threads or processes overlap');
  }
}

class OpenCall {
  readonly #call: Mutable<Omit<SpyCall, 'returned' | 'wrapped'>>;
  readonly #inputs: Record<string, string> = {};
  readonly #outputs: Record<string, string> = {};
  readonly #given: Record<string, SpyAttribute[]> = {};
  readonly #answered: SpyAttribute[] = [];
  readonly #found: string[] = [];
  #template: SpyAttribute[] | null = null;
  #dumped: Dumped | null = null;
  #wrapped: { hash: Hash; bytes: number } | null = null;
  /** From the first PIN on nothing is looked at but the end of the call. */
  #blind = false;

  constructor(program: number, number: number, name: string) {
    this.#call = {
      program,
      number,
      name,
      inputs: this.#inputs,
      outputs: this.#outputs,
      mechanism: null,
      given: this.#given,
      answered: this.#answered,
      found: this.#found,
    };
  }

  take(line: SpyLine): void {
    if (this.#blind) return;
    if (line.kind === 'dump') {
      this.#dumped?.(bytesOfDump(line.hex));
      return;
    }
    this.#dumped = null;
    if (line.kind === 'attribute') this.#takeAttribute(line);
    if (line.kind === 'match') this.#found.push(line.handle);
    if (line.kind === 'template') {
      this.#given[line.name] ??= [];
      this.#template = line.way === 'out' ? this.#answered : (this.#given[line.name] ?? null);
    }
    if (line.kind === 'scalar') this.#takeScalar(line);
    if (line.kind === 'buffer') this.#takeBuffer(line);
  }

  end(returned: number): SpyCall {
    const wrapped = this.#wrapped && { sha256: this.#wrapped.hash.digest('hex'), bytes: this.#wrapped.bytes };
    return { ...this.#call, wrapped, returned };
  }

  #takeScalar({ way, name, value }: SpyLine & { kind: 'scalar' }): void {
    if (KEPT.includes(name) && /^0x[0-9a-f]+$/.test(value)) (way === 'in' ? this.#inputs : this.#outputs)[name] = value;
    const [, member] = /^pMechanism->(type|pParameter->hashAlg|pParameter->mgf)$/.exec(name) ?? [];
    if (member === undefined || !/^(CK[MG]_\w+|0x[0-9A-F]{8,16})$/.test(value)) return;
    if (member === 'type') {
      this.#call.mechanism = {
        type: value.replace(/^0x.*/, (number) => number.toLowerCase()),
        oaep: null,
        aesBits: null,
      };
      return;
    }
    const { mechanism } = this.#call;
    if (mechanism === null) return;
    const oaep = mechanism.oaep ?? { hash: 'unknown', mgf: 'unknown', labelBytes: 0 };
    this.#call.mechanism = { ...mechanism, oaep: { ...oaep, [member.endsWith('mgf') ? 'mgf' : 'hash']: value } };
  }

  #takeBuffer({ name, bytes, given }: SpyLine & { kind: 'buffer' }): void {
    this.#template = null;
    if (/pin|username/i.test(name)) this.#blind = true;
    const { mechanism } = this.#call;
    if (mechanism?.oaep && name.startsWith('pMechanism->pParameter->pSourceData')) {
      this.#call.mechanism = { ...mechanism, oaep: { ...mechanism.oaep, labelBytes: bytes ?? 0 } };
    }
    if (mechanism && RSA_AES_KEY_WRAP.includes(mechanism.type) && name === 'pMechanism->pParameter[ulParameterLen]') {
      this.#dumped = (first) => {
        this.#call.mechanism = { ...mechanism, aesBits: littleEndian(first.subarray(0, 8)) };
        this.#dumped = null;
      };
    }
    if (this.#call.name === 'C_WrapKey' && name.startsWith('pWrappedKey[') && given && bytes) {
      const wrapped = { hash: createHash('sha256'), bytes };
      this.#wrapped = wrapped;
      this.#dumped = (some) => void wrapped.hash.update(some);
    }
  }

  #takeAttribute({ name, word, given, bytes }: SpyLine & { kind: 'attribute' }): void {
    const template = this.#template;
    if (template === null) return;
    if (word !== null) {
      const value = word === 'True' ? true : word === 'False' ? false : /^CK[A-Z]_\w+$/.test(word) ? word : null;
      template.push({ name, place: true, bytes: null, value });
      return;
    }
    const at = template.push({ name, place: given, bytes, value: null }) - 1;
    if (bytes === null || bytes > MOST_BYTES || ![...NUMBERS, ...FLAGS, ...BYTES].includes(name)) return;
    const seen: number[] = [];
    this.#dumped = (some) => {
      seen.push(...some);
      if (seen.length === bytes)
        template[at] = { name, place: given, bytes, value: publicValue(name, Uint8Array.from(seen)) };
    };
  }
}

function publicValue(name: string, bytes: Uint8Array): string | number | boolean {
  if (NUMBERS.includes(name)) return littleEndian(bytes);
  if (FLAGS.includes(name)) return bytes.some((byte) => byte !== 0);
  return Buffer.from(bytes).toString('hex');
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
}

/**
 * What a batch costs at least: the same PKCS#11 calls as `keyferry-wrap batch`, and the same files with the same flushes,
 * straight through pkcs11js and without a check. Only for comparison (scripts/bench): it trusts everybody.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pkcs11js from 'pkcs11js';

export interface BareRequest {
  readonly module: string;
  readonly label: string;
  readonly pin: string;
  /** Modulus and exponent of the KEK, in hex. */
  readonly kek: { readonly n: string; readonly e: string; readonly kid: string };
  /** Labels of RSA keys. */
  readonly keys: readonly string[];
  /** Where blobs, manifests and a journal go; null: nothing is written. */
  readonly folder: string | null;
}

const CKA = { class: 0x0, token: 0x1, private: 0x2, label: 0x3, keyType: 0x100, id: 0x102, modulus: 0x120 } as const;
const READ_BEFORE = [CKA.keyType, CKA.label, CKA.id, 0x103, 0x165, 0x162, 0x210, 0x163];
const PUBLIC_NUMBERS = [CKA.modulus, 0x122];
const PRIVATE_KEY = 3;
const PUBLIC_KEY = 2;
const KWP_AS_SOFTHSM_HAS_IT = 0x210a;
const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/** The whole program: from loading the library to its end. */
export function bareBatch(request: BareRequest): void {
  const library = new pkcs11js.PKCS11();
  library.load(request.module);
  library.C_Initialize({ flags: 2 });
  const slot = slotOf(library, request.label);
  const session = library.C_OpenSession(slot, 4);
  library.C_Login(session, 1, request.pin);
  const token = listObjects(library, session);
  const objects = request.keys.map((label) => required(token.privateKeys.get(label)));
  for (const object of objects) {
    read(library, session, object, READ_BEFORE);
    read(library, session, object, [CKA.modulus]);
  }
  const loop = bareLoop(library, session, request);
  for (const [at, object] of objects.entries()) {
    const label = request.keys[at] ?? '';
    loop.wrap(object, required(token.publicKeys.get(required(token.ids.get(label)))), label);
  }
  loop.end();
  library.C_CloseSession(session);
  library.C_Finalize();
}

export function openBare({ module, label }: Pick<BareRequest, 'module' | 'label'>) {
  const library = new pkcs11js.PKCS11();
  library.load(module);
  return { library, session: library.C_OpenSession(slotOf(library, label), 4) };
}

function slotOf(library: pkcs11js.PKCS11, label: string): Buffer {
  return required(library.C_GetSlotList(true).find((slot) => library.C_GetTokenInfo(slot).label.trimEnd() === label));
}

/** Private and public keys by label and by id, from one enumeration. */
export function listObjects(library: pkcs11js.PKCS11, session: Buffer) {
  library.C_FindObjectsInit(session, []);
  const all: Buffer[] = [];
  for (;;) {
    const some = library.C_FindObjects(session, 512);
    if (some.length === 0) break;
    all.push(...some);
  }
  library.C_FindObjectsFinal(session);
  const privateKeys = new Map<string, Buffer>();
  const publicKeys = new Map<string, Buffer>();
  const ids = new Map<string, string>();
  for (const object of all) {
    const [classBytes, labelBytes, idBytes] = read(library, session, object, [CKA.class, CKA.label, CKA.id]);
    const objectClass = required(classBytes)[0];
    const label = required(labelBytes).toString();
    const id = required(idBytes).toString('hex');
    if (objectClass === PRIVATE_KEY) privateKeys.set(label, object);
    if (objectClass === PUBLIC_KEY) publicKeys.set(id, object);
    ids.set(label, id);
  }
  return { privateKeys, publicKeys, ids };
}

/** The calls for one key after another, and its files. */
export function bareLoop(library: pkcs11js.PKCS11, session: Buffer, request: BareRequest) {
  const kekTemplate = publicTemplate(request);
  const journal = request.folder === null ? null : openJournal(request.folder);
  const output = Buffer.alloc(16384);
  const signature = Buffer.alloc(512);
  return {
    wrap(object: Buffer, publicObject: Buffer, label: string): void {
      const attributes = [
        ...read(library, session, object, READ_BEFORE),
        ...read(library, session, object, [CKA.modulus]),
      ];
      read(library, session, object, [0x108, 0x202]);
      library.C_SignInit(session, { mechanism: 0x1 }, object);
      library.C_Sign(session, Buffer.concat([DIGEST_INFO, createHash('sha256').update(label).digest()]), signature);
      read(library, session, publicObject, [CKA.keyType]);
      const [modulus] = read(library, session, publicObject, PUBLIC_NUMBERS);
      const kek = library.C_CreateObject(session, kekTemplate);
      const aesKey = library.C_GenerateKey(session, { mechanism: 0x1080 }, AES_TEMPLATE);
      const inner = { mechanism: KWP_AS_SOFTHSM_HAS_IT };
      const wrappedTarget = Buffer.from(library.C_WrapKey(session, inner, aesKey, object, output));
      read(library, session, kek, PUBLIC_NUMBERS);
      const wrappedAesKey = Buffer.from(library.C_WrapKey(session, OAEP, kek, aesKey, output));
      library.C_DestroyObject(session, aesKey);
      library.C_DestroyObject(session, kek);
      if (journal === null || request.folder === null) return;
      writeFiles(request.folder, journal, Buffer.concat([wrappedAesKey, wrappedTarget]), {
        label,
        kid: request.kek.kid,
        attributes: attributes.map((value) => value.toString('hex').slice(0, 8)),
        modulus: required(modulus).toString('base64url'),
      });
    },
    end(): void {
      if (journal !== null) closeSync(journal);
    },
  };
}

const OAEP = {
  mechanism: 0x9,
  parameter: { type: pkcs11js.CK_PARAMS_RSA_OAEP, hashAlg: 0x220, mgf: 1, source: 1, sourceData: null },
} as unknown as pkcs11js.Mechanism;

const AES_TEMPLATE: pkcs11js.Template = [
  { type: 0x0, value: ulong(4) },
  { type: 0x100, value: ulong(0x1f) },
  ...[0x1, 0x107, 0x104, 0x105, 0x108, 0x10a].map((type) => ({ type, value: false })),
  ...[0x2, 0x103, 0x162, 0x106].map((type) => ({ type, value: true })),
  { type: 0x3, value: Buffer.from('bare ephemeral key') },
  { type: 0x161, value: ulong(32) },
];

function publicTemplate({ kek }: BareRequest): pkcs11js.Template {
  return [
    { type: 0x0, value: ulong(PUBLIC_KEY) },
    { type: 0x100, value: ulong(0) },
    ...[0x1, 0x2, 0x104, 0x10a].map((type) => ({ type, value: false })),
    { type: 0x106, value: true },
    { type: 0x3, value: Buffer.from('bare KEK') },
    { type: 0x120, value: Buffer.from(kek.n, 'hex') },
    { type: 0x122, value: Buffer.from(kek.e, 'hex') },
  ];
}

/** A manifest of the same size, and the same dance of names: temporary, flushed, linked, folder flushed, journal flushed. */
function writeFiles(folder: string, journal: number, ciphertext: Buffer, about: Record<string, unknown>): void {
  const { label, kid } = about;
  const blob = Buffer.from(
    JSON.stringify({
      schema_version: '1.0.0',
      header: { kid, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' },
      ciphertext: ciphertext.toString('base64url'),
      generator: 'bare loop',
    }),
  );
  const sha256 = createHash('sha256').update(blob).digest('hex');
  const manifest = Buffer.from(
    JSON.stringify({ ...about, sha256, size: blob.length, padding: ' '.repeat(1000) }, null, 2),
  );
  const name = String(label).replaceAll(' ', '-');
  const files: [string, Buffer][] = [
    [`${name}.manifest.json`, manifest],
    [`${name}.byok`, blob],
  ];
  for (const [file, bytes] of files) {
    const descriptor = openSync(join(folder, `.${file}.tmp`), 'wx', 0o600);
    writeSync(descriptor, bytes);
    fsyncSync(descriptor);
    closeSync(descriptor);
  }
  for (const [file] of files) linkSync(join(folder, `.${file}.tmp`), join(folder, file));
  flushFolder(folder);
  for (const [file] of files) unlinkSync(join(folder, `.${file}.tmp`));
  writeSync(journal, `${JSON.stringify({ at: new Date().toISOString(), ...about, sha256 })}\n`);
  fsyncSync(journal);
}

function openJournal(folder: string): number {
  const path = join(folder, 'bare.journal.jsonl');
  const temporary = openSync(`${path}.tmp`, 'wx', 0o600);
  closeSync(temporary);
  renameSync(`${path}.tmp`, path);
  flushFolder(folder);
  return openSync(path, constants.O_RDWR | constants.O_APPEND);
}

function flushFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function read(library: pkcs11js.PKCS11, session: Buffer, object: Buffer, types: readonly number[]): Buffer[] {
  const template = types.map((type) => ({ type }));
  return library.C_GetAttributeValue(session, object, template).map(({ value }) => value as Buffer);
}

function ulong(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the token is not the one that the benchmark has made');
  return value;
}

// As a program it takes the request on stdin.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) bareBatch(JSON.parse(readFileSync(0, 'utf8')));

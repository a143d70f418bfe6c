import { createDecipheriv, privateDecrypt } from 'node:crypto';
import { join } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import {
  type Attributes,
  CKG,
  CKM,
  loadModule,
  type Mechanism,
  type ObjectHandle,
  type Session,
  type Token,
} from '@keyferry/pkcs11';
import { wholeFile } from '../support/folder.js';
import { makeOverlayToken, type OverlayBehaviour } from '../support/overlay.js';
import { practiceKey } from '../support/practice-keys.js';
import { runCommand } from '../support/programs.js';
import { provision } from '../support/provision.js';
import { useToken } from '../support/softhsm.js';

/** One token for all tests of a file: they come one after the other, and each begins with its own behaviour. */
export const hsm = await makeOverlayToken(wholeFile);
useToken(hsm);

export const SHA1 = { hash: CKM.SHA_1, mgf: CKG.MGF1_SHA1 };
export const OAEP: Mechanism = { type: CKM.RSA_PKCS_OAEP, parameter: { kind: 'oaep', ...SHA1 } };
export const IN_ONE_CALL: Mechanism = {
  type: CKM.RSA_AES_KEY_WRAP,
  parameter: { kind: 'rsa-aes-key-wrap', aesBits: 256, ...SHA1 },
};
export const SECRET: Attributes = { token: false, private: true, sensitive: true, extractable: true };

export interface Played {
  readonly token: Token;
  readonly session: Session;
  readonly kek: { readonly key: ObjectHandle; readonly publicKey: ObjectHandle };
}

/** Runs work with the module behaving so. Its objects are session objects, so that the next test finds none. */
export async function played(behaviour: OverlayBehaviour, work: (played: Played) => Promise<void>): Promise<void> {
  hsm.setBehaviour(behaviour);
  const module = loadModule(hsm.module);
  try {
    const token = module.findToken({ token: hsm.label });
    const session = token.openSession({ writable: true });
    session.login(hsm.pin);
    const { key } = provision(session, 'kek-2048', {
      label: 'kek',
      id: Buffer.of(1),
      token: false,
      publicObject: false,
    });
    const publicKey = kekObject(session);
    await work({ token, session, kek: { key, publicKey } });
  } finally {
    module.close();
  }
}

export function kekObject(session: Session, more: Attributes = {}): ObjectHandle {
  const { n, e } = practiceKey('kek-2048').export({ format: 'jwk' });
  return session.create({
    class: 'public-key',
    keyType: 'RSA',
    token: false,
    private: false,
    wrap: true,
    modulus: Buffer.from(n ?? '', 'base64url'),
    publicExponent: Buffer.from(e ?? '', 'base64url'),
    ...more,
  });
}

export function target(session: Session, name: 'ec-p256' | 'ec-p521' | 'aes-192', more: Attributes = {}): ObjectHandle {
  return provision(session, name, { label: name, id: Buffer.of(2), token: false, publicObject: false, ...more }).key;
}

export const makeAes = (session: Session, more: Attributes = {}) =>
  session.generateKey({ type: CKM.AES_KEY_GEN }, { ...SECRET, wrap: true, unwrap: true, valueLen: 32, ...more });

export function openOaep(wrapped: Buffer, hash = 'sha1'): Buffer {
  return privateDecrypt({ key: practiceKey('kek-2048'), oaepHash: hash }, wrapped);
}

/** RFC 5649 or RFC 3394 as OpenSSL has them. */
export function openKeyWrap(aes: Buffer, wrapped: Buffer, kind: 'rfc5649' | 'rfc3394'): Buffer {
  const iv = Buffer.from(kind === 'rfc5649' ? 'a65959a6' : 'a6a6a6a6a6a6a6a6', 'hex');
  const decipher = createDecipheriv(`id-aes${aes.length * 8}-wrap${kind === 'rfc5649' ? '-pad' : ''}`, aes, iv);
  return Buffer.concat([decipher.update(wrapped), decipher.final()]);
}

export async function refusal(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (error instanceof KeyferryError) return `${error.code} ${error.values.call} ${error.values.ckr}`;
    throw error;
  }
  return 'none';
}

/** Loads the module anew, so that it reads its behaviour. */
export const loaded = () => {
  const module = loadModule(hsm.module);
  const token = module.findToken({ token: hsm.label });
  return { module, token, session: token.openSession({ writable: true }) };
};

/** Runs a program of its own with a session, and gives how it ended. */
export function inOwnProcess(work: string, before = '') {
  const script = `
    import { readFileSync } from 'node:fs';
    import { loadModule } from '@keyferry/pkcs11';
    ${before}
    const session = loadModule(process.env.MODULE).findToken({ token: process.env.LABEL }).openSession({ writable: true });
    const login = () => session.login(readFileSync(process.env.PIN_FILE, 'utf8').trim());
    const wrong = () => { try { session.login('00000000'); } catch (error) { console.log(error.code, error.values.pinFinalTry); } };
    ${work}`;
  return runCommand(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...hsm.env, MODULE: hsm.module, LABEL: hsm.label, PIN_FILE: hsm.pinFile },
    cwd: join(import.meta.dirname, '../..'),
  });
}

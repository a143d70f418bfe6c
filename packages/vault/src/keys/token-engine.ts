import { randomBytes } from 'node:crypto';
import { KeyferryError } from '@keyferry/errors';
import type { ObjectHandle, Session } from '@keyferry/pkcs11';
import type { KeyType } from '../rules/key-types.js';
import type { Engine, KeyUse, Protection } from './engine.js';
import { generate } from './generate.js';
import { importPlain } from './import-plain.js';
import type { KeyMaterial, KeyRecord } from './record.js';
import type { SessionPool } from './session-pool.js';
import { usage } from './templates.js';
import { unwrapTransfer } from './unwrap-transfer.js';
import { aesDecrypt, aesEncrypt, aesUnwrap, aesWrap, rsaDecrypt, sign, verifySignature } from './use.js';

/**
 * The engine whose HSM is a PKCS#11 token. `handles` are the keys of the vault by CKA_ID in hex: finding is linear.
 * `checkRoom` throws when the token cannot take another object.
 */
export function tokenEngine(pool: SessionPool, handles: Map<string, ObjectHandle>, checkRoom: () => void): Engine {
  const handleOf = (key: KeyRecord) => {
    const handle = handles.get(key.objectId);
    if (handle !== undefined) return handle;
    throw new KeyferryError('KEY_NOT_FOUND', { reason: `the token has lost the key of ${key.name}/${key.version}` });
  };
  const withKey = <T>(key: KeyRecord, work: (session: Session, handle: ObjectHandle) => Promise<T>) =>
    pool.use((session) => work(session, handleOf(key)));

  /**
   * Copies a session or token object to the token, under a new id and with the uses that key_ops allow. What locks it in
   * (LOCKED_IN) goes along: a copy cannot state it again.
   */
  const keep = (session: Session, object: ObjectHandle, type: KeyType, { label, keyOps }: KeyUse) => {
    const id = randomBytes(16);
    checkRoom();
    const copy = session.copy(object, { ...usage(type, keyOps), token: true, label, id });
    try {
      checkRoom();
    } catch (error) {
      session.destroy(copy);
      throw error;
    }
    handles.set(id.toString('hex'), copy);
    return id.toString('hex');
  };

  return {
    generate: (spec, use) =>
      pool.use((session) =>
        generate(session, spec, (key, material) => ({ material, objectId: keep(session, key, spec.type, use) })),
      ),
    unwrapTransfer: (kek, transfer, spec, use, onStep) =>
      withKey(kek, (session, handle) => {
        const made = (key: ObjectHandle, material: KeyMaterial) => ({
          material,
          objectId: keep(session, key, spec.type, use),
        });
        return unwrapTransfer(session, handle, transfer, spec, made, onStep);
      }),
    importPlain: (plain, exponents, use) =>
      pool.use((session) =>
        importPlain(session, plain, exponents, (key, material) => ({
          material,
          objectId: keep(session, key, plain.type, use),
        })),
      ),
    remake: (key, use) => withKey(key, async (session, handle) => keep(session, handle, key.material.type, use)),
    destroy: (objectId) =>
      pool.use(async (session) => {
        const handle = handles.get(objectId);
        handles.delete(objectId);
        if (handle !== undefined) session.destroy(handle);
      }),
    protection: (key) =>
      withKey(key, async (session, handle) => {
        // What the token does not say is not claimed.
        const says = (name: keyof Protection) => session.read(handle, name) ?? name === 'extractable';
        return {
          sensitive: says('sensitive'),
          alwaysSensitive: says('alwaysSensitive'),
          extractable: says('extractable'),
          neverExtractable: says('neverExtractable'),
          local: says('local'),
        };
      }),

    sign: (key, algorithm, digest) => withKey(key, (session, handle) => sign(session, handle, algorithm, digest)),
    verify: (key, algorithm, digest, signature) =>
      pool.use((session) => verifySignature(session, key.material, algorithm, digest, signature)),
    rsaDecrypt: (key, padding, ciphertext) =>
      withKey(key, (session, handle) => rsaDecrypt(session, handle, padding, ciphertext)),
    aesEncrypt: (key, mode, text) => withKey(key, (session, handle) => aesEncrypt(session, handle, mode, text)),
    aesDecrypt: (key, mode, text) => withKey(key, (session, handle) => aesDecrypt(session, handle, mode, text)),
    aesWrap: (key, value) => withKey(key, (session, handle) => aesWrap(session, handle, value)),
    aesUnwrap: (key, wrapped) => withKey(key, (session, handle) => aesUnwrap(session, handle, wrapped)),
    random: (bytes) => pool.anchor.random(bytes),
  };
}

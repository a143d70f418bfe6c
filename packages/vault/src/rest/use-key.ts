import { constants, publicEncrypt } from 'node:crypto';
import { z } from 'zod';
import type { AesText } from '../keys/engine.js';
import { publicKeyOf } from '../keys/public-key.js';
import type { KeyRecord } from '../keys/record.js';
import { ok, type Reply } from '../message.js';
import { type RsaPadding, readCipherAlgorithm, readSignatureAlgorithm } from '../rules/algorithms.js';
import type { KeyOperation } from '../rules/key-ops.js';
import { kidOf } from '../rules/names.js';
import { badParameter, notImplemented } from '../rules/refusal.js';
import { checkUse } from '../rules/use.js';
import { bytes, optional, readBody, word } from './body.js';
import { type Context, findKey, type KeyCall } from './context.js';

/** The key of the call, if it may do this now. */
function keyFor(operation: KeyOperation, call: KeyCall, context: Context): KeyRecord {
  const key = findKey(call, context);
  checkUse(key, operation, context.now());
  return key;
}

const signBody = z.object({ alg: word, value: bytes });
const verifyBody = z.object({ alg: word, digest: bytes, value: bytes });

export async function signDigest(call: KeyCall, context: Context): Promise<Reply> {
  const key = keyFor('sign', call, context);
  const { alg, value } = readBody(signBody, call.request.body);
  const algorithm = readSignatureAlgorithm(alg, key.material, value);
  return answer(key, { value: await context.engine.sign(key, algorithm, value) });
}

export async function verifySignature(call: KeyCall, context: Context): Promise<Reply> {
  const key = keyFor('verify', call, context);
  const { alg, digest, value } = readBody(verifyBody, call.request.body);
  const algorithm = readSignatureAlgorithm(alg, key.material, digest);
  return ok({ value: await context.engine.verify(key, algorithm, digest, value) });
}

const cipherBody = z.object({
  alg: word,
  value: bytes,
  iv: optional(bytes),
  aad: optional(bytes),
  tag: optional(bytes),
});

export async function encryptData(call: KeyCall, context: Context): Promise<Reply> {
  const key = keyFor('encrypt', call, context);
  const { alg, ...text } = readBody(cipherBody, call.request.body);
  const algorithm = readCipherAlgorithm(alg, key.material, 'data');
  if (algorithm.cipher === 'rsa') return answer(key, { value: encryptRsa(key, algorithm.rsa, text.value) });
  if (algorithm.cipher === 'kw') throw badParameter('AES key wrap is for wrapkey.');
  if (text.value.length === 0) throw notImplemented('keyferry-vault does not encrypt an empty value with AES.');
  // The service makes the nonce of GCM itself; for CBC the client names the IV, or gets one.
  const iv =
    algorithm.cipher === 'gcm' || text.iv === undefined
      ? context.engine.random(algorithm.cipher === 'gcm' ? 12 : 16)
      : text.iv;
  checkAesText(algorithm.cipher, { ...text, iv });
  const encrypted = await context.engine.aesEncrypt(key, algorithm.cipher, { ...text, iv });
  return answer(key, { ...encrypted, iv });
}

export async function decryptData(call: KeyCall, context: Context): Promise<Reply> {
  const key = keyFor('decrypt', call, context);
  const { alg, ...text } = readBody(cipherBody, call.request.body);
  const algorithm = readCipherAlgorithm(alg, key.material, 'data');
  if (algorithm.cipher === 'rsa') return answerAndWipe(key, await decryptRsa(key, algorithm.rsa, text.value, context));
  if (algorithm.cipher === 'kw') throw badParameter('AES key wrap is for unwrapkey.');
  checkAesText(algorithm.cipher, text);
  if (algorithm.cipher === 'gcm' && text.tag?.length !== 16) throw badParameter('Property "tag" must have 16 bytes.');
  if (algorithm.cipher !== 'gcm' && (text.value.length === 0 || text.value.length % 16 !== 0))
    throw badParameter('CBC ciphertext is a multiple of 16 bytes, and at least 16.');
  return answerAndWipe(key, await context.engine.aesDecrypt(key, algorithm.cipher, text));
}

export async function wrapKey(call: KeyCall, context: Context): Promise<Reply> {
  const key = keyFor('wrapKey', call, context);
  const { alg, value } = readBody(signBody, call.request.body);
  try {
    const algorithm = readCipherAlgorithm(alg, key.material, 'key');
    if (algorithm.cipher === 'rsa') return answer(key, { value: encryptRsa(key, algorithm.rsa, value) });
    checkKeyWrapLength(value, 16);
    return answer(key, { value: await context.engine.aesWrap(key, value) });
  } finally {
    value.fill(0);
  }
}

export async function unwrapKey(call: KeyCall, context: Context): Promise<Reply> {
  const key = keyFor('unwrapKey', call, context);
  const { alg, value } = readBody(signBody, call.request.body);
  const algorithm = readCipherAlgorithm(alg, key.material, 'key');
  if (algorithm.cipher === 'rsa') return answerAndWipe(key, await decryptRsa(key, algorithm.rsa, value, context));
  checkKeyWrapLength(value, 24);
  return answerAndWipe(key, await context.engine.aesUnwrap(key, value));
}

function answer(key: KeyRecord, values: AesText): Reply {
  const encoded = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, (value as Buffer).toString('base64url')]],
  );
  return ok({ kid: kidOf(key), ...Object.fromEntries(encoded) });
}

/** The same for plaintext: only the answer holds it from here on. */
function answerAndWipe(key: KeyRecord, value: Buffer): Reply {
  const reply = answer(key, { value });
  value.fill(0);
  return reply;
}

function checkAesText(mode: 'gcm' | 'cbc' | 'cbc-pad', { value, iv }: AesText): void {
  const ivBytes = mode === 'gcm' ? 12 : 16;
  if (iv?.length !== ivBytes) throw badParameter(`Property "iv" must have ${ivBytes} bytes.`);
  if (mode === 'cbc' && value.length % 16 !== 0)
    throw badParameter('CBC without padding takes a multiple of 16 bytes.');
}

/** RFC 3394: at least two blocks of 8 bytes; the wrapped form has one more. */
function checkKeyWrapLength(value: Buffer, atLeast: number): void {
  if (value.length < atLeast || value.length % 8 !== 0) {
    throw badParameter(`AES key wrap takes a multiple of 8 bytes, at least ${atLeast}; found ${value.length}.`);
  }
}

/** The public operations of RSA need no HSM. */
function encryptRsa(key: KeyRecord, rsa: RsaPadding, value: Buffer): Buffer {
  const { material } = key;
  if (material.type !== 'RSA') throw new TypeError('only RSA keys encrypt with their public part');
  const publicKey = publicKeyOf(material);
  const longest = modulusBytes(key) - (rsa.padding === 'pkcs1' ? 11 : rsa.hash === 'sha1' ? 42 : 66);
  if (value.length > longest) throw badParameter(`Property "value" may have at most ${longest} bytes here.`);
  return rsa.padding === 'pkcs1'
    ? publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, value)
    : publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: rsa.hash }, value);
}

async function decryptRsa(key: KeyRecord, rsa: RsaPadding, value: Buffer, { engine }: Context): Promise<Buffer> {
  const expected = modulusBytes(key);
  if (value.length !== expected) throw badParameter(`Property "value" must have ${expected} bytes here.`);
  return engine.rsaDecrypt(key, rsa, value);
}

function modulusBytes({ material }: KeyRecord): number {
  return material.type === 'RSA' ? material.bits / 8 : 0;
}

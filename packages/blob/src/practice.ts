import { type KeyObject, randomBytes } from 'node:crypto';
import { KeyferryError } from '@keyferry/errors';
import { splitCiphertext } from './ciphertext.js';
import { publicKeyObject, type RsaPublicJwk, rsaBits } from './jwk.js';
import { KEK_BITS } from './kek-rules.js';
import { unwrapKwp, wrapKwp } from './kwp.js';
import { decryptOaep, encryptOaep } from './oaep.js';
import { type Refuse, refuseIn, refuseWith } from './refuse.js';

const AES_BYTES = [16, 24, 32];

/**
 * Wraps in software what an HSM would wrap in hardware, for practice and for tests; a real key never comes here.
 * A fresh AES-256 key is made for each call, unless a test brings one of 16, 24 or 32 bytes; it is wiped before this
 * returns. The caller wipes the plaintext. KEK_SIZE, PUBLIC_KEY_INVALID, TARGET_ENCODING for an empty plaintext.
 * @returns the wrapped AES key (as long as the KEK), followed by the wrapped plaintext
 */
export function wrapPracticeKey(
  kek: RsaPublicJwk,
  plaintext: Uint8Array,
  options: { readonly aesKey?: Uint8Array } = {},
): Buffer {
  if (plaintext.length === 0) refuseWith('TARGET_ENCODING')('expected a key to wrap, found no bytes');
  if (!KEK_BITS.some((bits) => bits === rsaBits(kek))) {
    refuseWith('KEK_SIZE')(`expected 2048, 3072 or 4096 bits, found ${rsaBits(kek)}`);
  }
  const key = publicKeyObject(kek);
  const aesKey = options.aesKey === undefined ? randomBytes(32) : Buffer.from(options.aesKey);
  try {
    if (!AES_BYTES.includes(aesKey.length)) {
      throw new KeyferryError('INTERNAL', {
        reason: `expected an AES key of 16, 24 or 32 bytes, found ${aesKey.length}`,
      });
    }
    return Buffer.concat([encryptOaep(key, aesKey, refuseWith('PUBLIC_KEY_INVALID')), wrapKwp(aesKey, plaintext)]);
  } finally {
    aesKey.fill(0);
  }
}

/**
 * Opens a ciphertext with a private KEK made for practice; the AES key is wiped. The caller wipes the plaintext.
 * BLOB_CIPHERTEXT for an impossible length, BLOB_UNWRAP_FAILED, KEK_NOT_RSA.
 */
export function openPracticeBlob(
  kekPrivate: KeyObject,
  ciphertext: Uint8Array,
): { plaintext: Buffer; aesBits: number } {
  if (kekPrivate.type !== 'private' || kekPrivate.asymmetricKeyType !== 'rsa') {
    const found = `${kekPrivate.asymmetricKeyType ?? ''} ${kekPrivate.type} key`.trim();
    refuseWith('KEK_NOT_RSA')(`expected a private RSA key made for practice, found a ${found}`);
  }
  const kekBytes = (kekPrivate.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const { wrappedAesKey, wrappedTargetKey } = splitCiphertext(ciphertext, kekBytes);
  const aesKey = unwrapPracticeAesKey(kekPrivate, wrappedAesKey);
  try {
    return { plaintext: unwrapPracticeTarget(aesKey, wrappedTargetKey), aesBits: aesKey.length * 8 };
  } finally {
    aesKey.fill(0);
  }
}

/** The first half alone: RSA-OAEP. The caller wipes what it gets. BLOB_UNWRAP_FAILED, `values.stage` `oaep` or `aes-size`. */
export function unwrapPracticeAesKey(kekPrivate: KeyObject, wrappedAesKey: Uint8Array): Buffer {
  const place = 'wrapped AES key';
  const aesKey = decryptOaep(kekPrivate, wrappedAesKey, refuseIn(place, unwrapRefusal('oaep')));
  if (!AES_BYTES.includes(aesKey.length)) {
    const bytes = aesKey.length;
    aesKey.fill(0);
    refuseIn(place, unwrapRefusal('aes-size'))(`expected 16, 24 or 32 bytes inside, found ${bytes}`);
  }
  return aesKey;
}

/** The second half alone: RFC 5649. The caller wipes what it gets. BLOB_UNWRAP_FAILED, `values.stage` `kwp`. */
export function unwrapPracticeTarget(aesKey: Uint8Array, wrappedTargetKey: Uint8Array): Buffer {
  return unwrapKwp(aesKey, wrappedTargetKey, refuseIn('wrapped target key', unwrapRefusal('kwp')));
}

function unwrapRefusal(stage: 'oaep' | 'aes-size' | 'kwp'): Refuse {
  return refuseWith('BLOB_UNWRAP_FAILED', { stage });
}

import { createPrivateKey } from 'node:crypto';
import { basename } from 'node:path';
import { readTargetKey, type TargetKey, wrapPracticeKey, writeByok } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';
import { CKM } from '@keyferry/pkcs11';
import type { TargetAttributes } from '../target/target.js';
import { composite } from './ladder.js';
import type { TransferRequest, Transferred } from './transfer.js';
import { describeTransfer, generatorOf } from './transfer-manifest.js';

export const PRACTICE_FILE_NOTICE =
  'PRACTICE: the key comes from a file and is wrapped in software. Use what is made here for practice only.';

/** An RSA-4096 key in PEM has about 3.3 KB. */
const MAX_PEM_BYTES = 16 * 1024;

/** What no HSM says of a key in a file. */
const NO_ATTRIBUTES: TargetAttributes = {
  sensitive: false,
  alwaysSensitive: null,
  extractable: true,
  wrapWithTrusted: null,
  local: null,
};

/**
 * Wraps an RSA or EC key from a PEM file in software: a rehearsal of everything but the HSM.
 * Errors: PRACTICE_KEY_INVALID, FILE_*, TARGET_*.
 */
export async function transferPracticeFile(
  path: string,
  { kek, blobFile }: Pick<TransferRequest, 'kek' | 'blobFile'>,
): Promise<Transferred> {
  const pkcs8 = await readPkcs8(path);
  try {
    const target = describeKey(pkcs8);
    const ciphertext = wrapPracticeKey(kek.key, pkcs8);
    const source = { manufacturer: 'key file,', model: 'no', firmware: 'HSM' };
    const blob = writeByok({ kid: kek.kid, ciphertext, generator: generatorOf(source, 'practice') });
    const manifest = describeTransfer({
      run: { mode: 'practice', hsm: null },
      request: { kek, blobFile },
      target: {
        type: target.type,
        bits: target.bits,
        crv: target.crv,
        label: basename(path),
        id: '',
        attributes: NO_ATTRIBUTES,
      },
      publicKey: { publicKey: target.publicKey, source: 'recovered', notChecked: [] },
      kcv: null,
      chosen: { wrapping: composite(CKM.AES_KEY_WRAP_KWP), flavour: 'rfc5649', probed: false },
      ephemeral: true,
      rehearsed: false,
      blob,
    });
    return { blob, manifest, warnings: [] };
  } finally {
    pkcs8.fill(0);
  }
}

async function readPkcs8(path: string): Promise<Buffer> {
  const pem = await readBoundedFile(path, { maxBytes: MAX_PEM_BYTES });
  try {
    const key = createPrivateKey({ key: pem, format: 'pem' });
    return key.export({ type: 'pkcs8', format: 'der' });
  } catch (cause) {
    const found = pem.includes('ENCRYPTED') ? 'one that is encrypted' : 'something else';
    throw new KeyferryError('PRACTICE_KEY_INVALID', {
      reason: `expected an RSA or EC private key in PEM, found ${found}: ${path}`,
      cause,
    });
  } finally {
    pem.fill(0);
  }
}

function describeKey(pkcs8: Buffer): TargetKey {
  const isRsa = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).asymmetricKeyType === 'rsa';
  return readTargetKey(pkcs8, isRsa ? 'RSA' : 'EC');
}

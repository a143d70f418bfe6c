import { type Attributes, CKM, EC_PARAMS, type KeyPair, type ObjectHandle } from '@keyferry/pkcs11';
import type { Hsm } from './hsm.js';

/** What every key of a case has unless the case says otherwise: a session object, private. */
const OWN = { token: false, private: true } as const;

/** AES-256, generated in the token. */
export async function generateAes({ session, own }: Hsm, template: Attributes): Promise<ObjectHandle> {
  const attributes = { class: 'secret-key', keyType: 'AES', valueLen: 32, ...OWN, ...template } as const;
  return own(await session.generateKey({ type: CKM.AES_KEY_GEN }, attributes));
}

/** An AES key of these bytes. */
export function createAes({ session, own }: Hsm, value: Buffer, template: Attributes): ObjectHandle {
  return own(session.create({ class: 'secret-key', keyType: 'AES', value, ...OWN, ...template }));
}

/** RSA-2048, generated in the token: about a third of a second. */
export async function generateRsa(
  { session, own }: Hsm,
  publicTemplate: Attributes,
  privateTemplate: Attributes,
): Promise<KeyPair> {
  const pair = await session.generateKeyPair(
    { type: CKM.RSA_PKCS_KEY_PAIR_GEN },
    {
      class: 'public-key',
      keyType: 'RSA',
      modulusBits: 2048,
      publicExponent: Buffer.from('010001', 'hex'),
      token: false,
      ...publicTemplate,
    },
    { class: 'private-key', keyType: 'RSA', ...OWN, ...privateTemplate },
  );
  own(pair.publicKey);
  own(pair.privateKey);
  return pair;
}

/** P-256, generated in the token: a private key that costs next to nothing. */
export async function generateEc({ session, own }: Hsm, privateTemplate: Attributes): Promise<KeyPair> {
  const pair = await session.generateKeyPair(
    { type: CKM.EC_KEY_PAIR_GEN },
    { class: 'public-key', keyType: 'EC', ecParams: EC_PARAMS['P-256'], token: false, verify: true },
    { class: 'private-key', keyType: 'EC', ...OWN, sign: true, ...privateTemplate },
  );
  own(pair.publicKey);
  own(pair.privateKey);
  return pair;
}

/** The AES key wrap that the token has, the one by RFC 5649 first; null when it has none. */
export function aesKeyWrapOf({ token }: Hsm): { readonly type: number } | null {
  const type = [CKM.AES_KEY_WRAP_KWP, CKM.AES_KEY_WRAP_PAD, CKM.AES_KEY_WRAP].find((number) =>
    token.mechanisms().has(number),
  );
  return type === undefined ? null : { type };
}

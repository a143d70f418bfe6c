import { createHash } from 'node:crypto';
import type { Protection } from '../keys/engine.js';
import { publicKeyOf } from '../keys/public-key.js';
import type { KeyRecord } from '../keys/record.js';
import { kidOf } from '../rules/names.js';
import type { AttestedObject } from './marvell-blob.js';

/** CKO_PUBLIC_KEY, CKO_PRIVATE_KEY, CKO_SECRET_KEY. */
const CLASS = { public: 2, private: 3, secret: 4 } as const;
/** CKK_RSA, CKK_EC, CKK_AES. */
const KEY_TYPE = { RSA: 0, EC: 3, oct: 0x1f } as const;

/** Stands in every object, so that nobody takes an attestation of the emulator for that of an HSM. */
const LABEL = 'SYNTHETIC: keyferry-vault emulator, no HSM';

/** What is attested of a key: its public object and its private one, or a secret one alone. */
export function attestedObjects(key: KeyRecord, protection: Protection): AttestedObject[] {
  const { material } = key;
  const common = { label: LABEL, keyType: KEY_TYPE[material.type], id: kidOf(key), ...publicPartOf(key) };
  const kept = { ...common, ...protection };
  if (material.type === 'oct') return [{ ...kept, class: CLASS.secret, valueLen: material.bits / 8 }];
  const open = { sensitive: false, extractable: true, local: protection.local };
  return [
    { ...common, ...open, class: CLASS.public },
    { ...kept, class: CLASS.private },
  ];
}

function publicPartOf({ material }: KeyRecord): AttestedObject {
  if (material.type === 'oct') return {};
  const spki = publicKeyOf(material).export({ format: 'der', type: 'spki' });
  const publicKeyDigest = createHash('sha256').update(spki).digest();
  const bytes = (text: string) => Buffer.from(text, 'base64url');
  return material.type === 'RSA'
    ? { modulus: bytes(material.n), modulusBits: material.bits, publicExponent: bytes(material.e), publicKeyDigest }
    : { modulus: Buffer.concat([Buffer.of(4), bytes(material.x), bytes(material.y)]), publicKeyDigest };
}

import { KeyferryError } from '@keyferry/errors';
import { CKM, type Mechanism, type Token } from '@keyferry/pkcs11';

/** How the two halves of the blob are made. */
export interface Wrapping {
  /** Wraps the target key under the ephemeral AES key: RFC 5649, as far as the token keeps its word. */
  readonly inner: Mechanism;
  /** Wraps the ephemeral AES key under the KEK: RSA-OAEP with SHA-1, MGF1 with SHA-1, no label (RFC 8017 section 7.1). */
  readonly outer: Mechanism;
}

const CKG_MGF1_SHA1 = 1;
const OUTER: Mechanism = { type: CKM.RSA_PKCS_OAEP, parameter: { kind: 'oaep', hash: CKM.SHA_1, mgf: CKG_MGF1_SHA1 } };

/** CKM_AES_KEY_WRAP_KWP is RFC 5649 by its definition; CKM_AES_KEY_WRAP_PAD is so in some tokens only. */
const INNER_BY_PREFERENCE = [CKM.AES_KEY_WRAP_KWP, CKM.AES_KEY_WRAP_PAD];

/** The wrapping that this token can do. Errors: MECHANISM_MISSING. */
export function chooseWrapping(token: Token): Wrapping {
  const offered = token.mechanisms();
  const missing = (what: string) =>
    new KeyferryError('MECHANISM_MISSING', { reason: `token "${token.label}" does not offer ${what}` });
  if (!offered.has(CKM.AES_KEY_GEN)) throw missing('CKM_AES_KEY_GEN (0x1080)');
  if (!offered.has(CKM.RSA_PKCS_OAEP)) throw missing('CKM_RSA_PKCS_OAEP (0x9)');
  const inner = INNER_BY_PREFERENCE.find((type) => offered.has(type));
  if (inner === undefined) throw missing('CKM_AES_KEY_WRAP_KWP (0x210b) or CKM_AES_KEY_WRAP_PAD (0x210a)');
  return { inner: { type: inner }, outer: OUTER };
}

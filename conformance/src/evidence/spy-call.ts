/**
 * A call of a program to its PKCS#11 module, and all that leaves the reader of a log: no PIN, no value of a key, no
 * label, no data, nothing that was wrapped.
 */
export interface SpyCall {
  /** Counts the times that a program loaded the spy, from 1: handles are those of one of them. */
  readonly program: number;
  readonly number: number;
  readonly name: string;
  /** Handles, slots and flags, as `0x1`. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly mechanism: SpyMechanism | null;
  /** By its name in the standard, such as `pTemplate`. */
  readonly given: Readonly<Record<string, readonly SpyAttribute[]>>;
  /** What C_GetAttributeValue gave. */
  readonly answered: readonly SpyAttribute[];
  /** What C_FindObjects found. */
  readonly found: readonly string[];
  /** What C_WrapKey gave; null for a question for its length. */
  readonly wrapped: { readonly sha256: string; readonly bytes: number } | null;
  /** CKR_OK is 0. */
  readonly returned: number;
}

export interface SpyMechanism {
  /** Such as `CKM_RSA_PKCS_OAEP`, or `0x0000210a` for one that the spy does not know. */
  readonly type: string;
  /** Of RSA-OAEP; null where the log does not show it. */
  readonly oaep: OaepSeen | null;
  /** ulAESKeyBits of CKM_RSA_AES_KEY_WRAP; null where the log does not show it. */
  readonly aesBits: number | null;
}

export interface OaepSeen {
  readonly hash: string;
  readonly mgf: string;
  readonly labelBytes: number;
}

export interface SpyAttribute {
  /** Such as `CKA_TOKEN`, or `CKA_? (0x00000004)` for one that the spy does not know. */
  readonly name: string;
  /** A place was given for the value: false in a question for its length. */
  readonly place: boolean;
  /** Null where the module has no such attribute or hides it. */
  readonly bytes: number | null;
  /** Only of attributes that are public: true, false, a name such as `CKO_SECRET_KEY`, a number; hex of a modulus and its exponent. */
  readonly value: string | number | boolean | null;
}

/** The numbers of CKM_RSA_AES_KEY_WRAP and its like come as names from a spy that knows them. */
export const RSA_AES_KEY_WRAP = ['0x00001054', 'CKM_RSA_AES_KEY_WRAP'];

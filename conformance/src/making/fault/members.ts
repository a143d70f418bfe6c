import type { MEMBERS } from '../../diagnosis/table/members.js';
import { base64url } from '../../oracle/bytes.js';
import type { BlobObject, Steps } from '../wrong-blob.js';
import type { Fault } from './fault.js';

const object =
  (change: Steps['object']): Fault =>
  () => ({ object: change });
/** Members that are undefined are left out. */
const members = (changed: Partial<Record<keyof BlobObject | string, unknown>>): Fault =>
  object((blob) => ({ ...blob, ...changed }));
const header = (changed: Record<string, unknown>): Fault =>
  object((blob) => ({ ...blob, header: { ...blob.header, ...changed } }));
const encoded = (value: unknown) => base64url(Buffer.from(JSON.stringify(value)));

export const MEMBER_FAULTS: Readonly<Record<keyof typeof MEMBERS, Fault>> = {
  'members/duplicate': () => ({ text: (blob) => JSON.stringify(blob).replace('{', '{"generator":"another",') }),
  'members/request-body': object((blob) => ({ key: { kty: 'EC-HSM', crv: 'P-256', key_hsm: encoded(blob) } })),
  'members/flat-header': object(({ header, ...rest }) => ({ ...rest, ...header })),
  'members/header-text': object((blob) => ({ ...blob, header: encoded(blob.header) })),
  'members/jwe-json': object((blob, ciphertext) => ({
    protected: encoded(blob.header),
    encrypted_key: base64url(ciphertext.subarray(0, -152)),
    iv: '',
    ciphertext: base64url(ciphertext.subarray(-152)),
    tag: '',
  })),
  'members/names': object(({ schema_version, ...rest }) => ({ schemaVersion: schema_version, ...rest })),
  'members/generator-missing': members({ generator: undefined }),
  'members/schema-version-missing': members({ schema_version: undefined }),
  'members/kid-missing': header({ kid: undefined }),
  'members/missing': header({ enc: null }),
  'members/byte-array': object((blob, ciphertext) => ({ ...blob, ciphertext: [...ciphertext] })),
  'members/type': members({ schema_version: 1 }),
  'members/unknown': members({ comment: 'for the payroll' }),
  'members/secure-key-release': members({ schema_version: '1.0' }),
  'members/schema-version': members({ schema_version: '1.0.1' }),
  'members/alg-of-jose': header({ alg: 'RSA-OAEP' }),
  'members/alg': header({ alg: 'DIR' }),
  'members/enc-pad': header({ enc: 'CKM_RSA_AES_KEY_WRAP_PAD' }),
  'members/enc-of-jose': header({ enc: 'A256GCM' }),
  'members/enc': header({ enc: '0x1054' }),
  'members/generator': members({ generator: 'x'.repeat(2000) }),
};

import { type Attributes, CKM, type ObjectHandle, type Session } from '@keyferry/pkcs11';
import { allOrNothing } from '../generate/all-or-nothing.js';
import { refuseAsMade, requireAsAsked } from '../generate/as-asked.js';
import { type ObjectName, requireNewName } from '../generate/object-names.js';
import { weaknessesOf } from './trusted-wrapping-key.js';

/**
 * Generates the AES-256 key under which keys with CKA_WRAP_WITH_TRUSTED are wrapped in the composite; the session is that
 * of the security officer. It is read back against the rules that its use asks for. When anything goes wrong, nothing is
 * left in the token.
 * Errors: LABEL_EXISTS, KEY_NOT_AS_ASKED, MECHANISM_MISSING, INTERRUPTED, HSM_ERROR, HSM_OBJECT_LEFT.
 */
export async function makeWrappingKey(session: Session, name: ObjectName, signal: AbortSignal): Promise<ObjectHandle> {
  requireNewName(session, name);
  return allOrNothing(session, name, signal, async () => {
    const template = { ...WRAPPING_KEY, ...name };
    const object = await session.generateKey({ type: CKM.AES_KEY_GEN }, template);
    requireAsAsked(session, object, { ...template, local: true, alwaysSensitive: true });
    const weaknesses = weaknessesOf(session, object);
    if (weaknesses.length > 0) refuseAsMade(template, weaknesses);
    return object;
  });
}

/**
 * Public, since the security officer can make and see nothing else. It can be wrapped under the trusted KEK alone
 * (wrapWithTrusted), and can be given no other use, neither itself (modifiable) nor as a copy (copyable).
 */
const WRAPPING_KEY: Attributes = {
  class: 'secret-key',
  keyType: 'AES',
  token: true,
  private: false,
  trusted: true,
  sensitive: true,
  extractable: true,
  wrapWithTrusted: true,
  wrap: true,
  unwrap: false,
  encrypt: false,
  decrypt: false,
  sign: false,
  verify: false,
  derive: false,
  modifiable: false,
  copyable: false,
  destroyable: true,
  valueLen: 32,
};

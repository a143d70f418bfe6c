export type { Attributes, KeyType, ObjectClass } from './attributes.js';
export { ckrName } from './ckr.js';
export { type Curve, curveOfEcParams, EC_PARAMS } from './curves.js';
export { isHsmError } from './hsm-error.js';
export { initializeToken } from './initialize-token.js';
export {
  CKG,
  CKM,
  type EcdhParameter,
  type GcmParameter,
  type Mechanism,
  mechanismName,
  type OaepParameter,
  type PssParameter,
  type RsaAesKeyWrapParameter,
} from './mechanism.js';
export type { MechanismFlags, MechanismInfo } from './mechanism-info.js';
export { loadModule, type Pkcs11Module } from './module.js';
export { type BooleanAttributes, nestedTemplate } from './nested-template.js';
export type { KeyPair, ObjectHandle, Session } from './session.js';
export type { Token } from './token.js';
export { pinFlags, type TokenFlags } from './token-flags.js';
export type { TokenSelection } from './token-selection.js';
export { formatPkcs11Uri, type Pkcs11Uri, parsePkcs11Uri } from './uri.js';

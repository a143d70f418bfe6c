import { KeyferryError } from '@keyferry/errors';
import pkcs11js from 'pkcs11js';
import type { Mechanism } from './mechanism.js';

const CKZ_DATA_SPECIFIED = 1;

/** A mechanism as pkcs11js takes it. */
export function nativeMechanism({ type, parameter }: Mechanism): pkcs11js.Mechanism {
  if (parameter === undefined) return { mechanism: type };
  return { mechanism: type, parameter: Buffer.isBuffer(parameter) ? parameter : nativeParameter(parameter) };
}

type NativeParameter = pkcs11js.RsaOAEP | pkcs11js.RsaPSS | pkcs11js.AesGCM;

function nativeParameter(parameter: Exclude<Mechanism['parameter'], Buffer | undefined>): NativeParameter {
  switch (parameter.kind) {
    case 'oaep': {
      const { hash, mgf, label } = parameter;
      const source = { source: CKZ_DATA_SPECIFIED, ...(label === undefined ? {} : { sourceData: label }) };
      return { type: pkcs11js.CK_PARAMS_RSA_OAEP, hashAlg: hash, mgf, ...source };
    }
    case 'pss': {
      const { hash, mgf, saltBytes } = parameter;
      return { type: pkcs11js.CK_PARAMS_RSA_PSS, hashAlg: hash, mgf, saltLen: saltBytes };
    }
    case 'gcm': {
      const { iv, aad, tagBits } = parameter;
      return { type: pkcs11js.CK_PARAMS_AES_GCM_v240, iv, ivBits: iv.length * 8, aad, tagBits };
    }
    case 'ecdh':
      throw new KeyferryError('INTERNAL', { reason: 'these parameters are for derive only' });
    case 'rsa-aes-key-wrap':
      throw new KeyferryError('INTERNAL', { reason: 'these parameters are for wrapKey and unwrapKey only' });
  }
}

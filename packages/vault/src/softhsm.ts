import { existsSync } from 'node:fs';
import { KeyferryError } from '@keyferry/errors';
import { initializeToken, loadModule, type Pkcs11Module, type Token } from '@keyferry/pkcs11';

/** Where distributions put SoftHSM2. */
const PLACES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
];

const LABEL = 'keyferry-vault';

/** Loads SoftHSM2 for this process, which can have one configuration only. Throws MODULE_NOT_FOUND and its like. */
export function loadSoftHsm(conf: string, path: string | undefined): Pkcs11Module {
  process.env.SOFTHSM2_CONF = conf;
  try {
    return loadModule(path ?? PLACES.find((place) => existsSync(place)) ?? (PLACES[0] as string));
  } catch (error) {
    if (!(error instanceof KeyferryError) || error.code !== 'MODULE_NOT_FOUND') throw error;
    const hint = 'install SoftHSM2 (apt-get install softhsm2), or say with --softhsm where its libsofthsm2.so is';
    throw new KeyferryError(error.code, { reason: error.reason, values: error.values, hint, cause: error });
  }
}

/** The one token of the vault, which is made if it is not ready yet. */
export function openToken(module: Pkcs11Module, pin: string, options: { readonly ready: boolean }): Token {
  return options.ready
    ? module.findToken({ token: LABEL })
    : initializeToken(module, { label: LABEL, soPin: pin, pin });
}

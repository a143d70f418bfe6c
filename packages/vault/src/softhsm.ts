import { existsSync } from 'node:fs';
import { KeyferryError } from '@keyferry/errors';
import { initializeToken, loadModule, type Pkcs11Module, type Token } from '@keyferry/pkcs11';
import type { Renewal } from './keys/session-pool.js';

/** Where distributions put SoftHSM2. */
const PLACES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
];

const LABEL = 'keyferry-vault';

/**
 * SoftHSM 2.6.1 keeps memory of objects that are gone until it is finalised, 205 bytes of one in a session and 840 of one in
 * the token: so much for about 4,000 keys that were imported and purged, which makes 8 MiB.
 */
export const MOST_OBJECTS = 20_000;

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

/**
 * Opens the token anew when so many objects were made. SoftHSM2 writes at each login and would lose its token to a full disk, so
 * only while there is room.
 */
export function renewalOf(
  module: Pkcs11Module,
  mostObjects: number,
  { hasRoom, renewed }: { hasRoom(): boolean; renewed: Renewal['renewed'] },
): Renewal {
  return {
    isDue: () => module.objectsMade >= mostObjects && hasRoom(),
    renew() {
      module.restart();
      return module.findToken({ token: LABEL });
    },
    renewed,
  };
}

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Owner, privateFolder } from './folder.js';
import { mustRun } from './programs.js';
import type { HsmUnderTest } from './token.js';

const PLACES = [
  ...['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((triplet) => `/usr/lib/${triplet}/libsoftokn3.so`),
  '/usr/lib/x86_64-linux-gnu/nss/libsoftokn3.so',
  '/usr/lib64/libsoftokn3.so',
];

export const NSS_MODULE: string = PLACES.find((path) => existsSync(path)) ?? PLACES[0] ?? '';

export interface NssToken extends HsmUnderTest {
  readonly moduleParameters: string;
  /** The security officer can do nothing but set the first PIN, and is none afterwards. */
  readonly soPin: null;
}

/**
 * Makes a token of NSS softokn in a folder of its own. It has no secp256k1, and one process can use one such token. The
 * PIN is set in another process. The label must have no quotes.
 */
export async function makeNssToken(t: Owner, options: { readonly label?: string } = {}): Promise<NssToken> {
  const { label = `nss-${randomBytes(4).toString('hex')}` } = options;
  const folder = privateFolder(t);
  const database = join(folder, 'nss');
  const pin = randomBytes(8).toString('hex');
  const pinFile = join(folder, 'pin');
  mkdirSync(database, { mode: 0o700 });
  writeFileSync(pinFile, `${pin}\n`, { mode: 0o600 });
  const moduleParameters = `configdir='sql:${database}' certPrefix='' keyPrefix='' secmod='secmod.db' flags= dbTokenDescription='${label}'`;
  await mustRun(process.execPath, ['--input-type=module', '--eval', SET_PIN], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    input: JSON.stringify({ path: NSS_MODULE, parameters: moduleParameters, label, pin }),
  });
  return { name: 'NSS', module: NSS_MODULE, moduleParameters, label, pin, soPin: null, pinFile, env: {}, folder };
}

/** A new database has a security officer without a PIN. C_InitToken keeps the label of the parameters. */
const SET_PIN = `
  import { readFileSync } from 'node:fs';
  import { initializeToken, loadModule } from '@keyferry/pkcs11';
  const { path, parameters, label, pin } = JSON.parse(readFileSync(0, 'utf8'));
  const module = loadModule(path, { parameters });
  initializeToken(module, { label, soPin: '', pin });
  module.close();`;

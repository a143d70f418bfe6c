import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Owner, privateFolder } from './folder.js';
import { mustRun } from './programs.js';
import type { HsmUnderTest } from './token.js';

const PLACES = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'];

export const SOFTHSM_MODULE: string = PLACES.find((path) => existsSync(path)) ?? PLACES[0] ?? '';

/** A SoftHSM2 token in a folder of its own. Its PINs live as long as the test. */
export interface TestToken extends HsmUnderTest {
  readonly moduleParameters?: undefined;
  readonly soPin: string;
  /** The configuration file of SoftHSM2. */
  readonly conf: string;
  readonly env: { readonly SOFTHSM2_CONF: string };
  /** pkcs11:token=LABEL?module-path=... */
  readonly uri: string;
}

export interface TokenOptions {
  /** Default `test-` and 8 hex digits. */
  readonly label?: string;
  /** Makes the token a neighbour of this one, seen by the same processes. */
  readonly beside?: TestToken;
}

/** Makes a token. It is initialised in another process, so that this one may hold a different one. */
export async function makeToken(t: Owner, options: TokenOptions = {}): Promise<TestToken> {
  const { label = `test-${randomHex(4)}`, beside } = options;
  const folder = beside?.folder ?? privateFolder(t);
  const conf = beside?.conf ?? writeConfiguration(folder);
  const pin = randomHex(8);
  const soPin = randomHex(8);
  const pinFile = join(folder, `pin-${randomHex(4)}`);
  writeFileSync(pinFile, `${pin}\n`, { mode: 0o600 });
  const env = { SOFTHSM2_CONF: conf };
  await mustRun('softhsm2-util', ['--init-token', '--free', '--label', label, '--so-pin', soPin, '--pin', pin], {
    env,
  });
  const uri = `pkcs11:token=${encodeURIComponent(label)}?module-path=${SOFTHSM_MODULE}`;
  return { name: 'SoftHSM2', module: SOFTHSM_MODULE, folder, label, pin, soPin, pinFile, conf, env, uri };
}

/** Makes this process use the token: before `loadModule`, and one token folder a process. */
export function useToken(token: Pick<HsmUnderTest, 'folder' | 'env'>): void {
  if (inUse !== null && inUse !== token.folder) throw new Error('this process uses another token folder already');
  inUse = token.folder;
  Object.assign(process.env, token.env);
}

let inUse: string | null = null;

function writeConfiguration(folder: string): string {
  const tokens = join(folder, 'tokens');
  const conf = join(folder, 'softhsm2.conf');
  mkdirSync(tokens, { mode: 0o700 });
  writeFileSync(conf, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  return conf;
}

function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Owner } from './folder.js';
import { makeToken, SOFTHSM_MODULE, type TokenOptions } from './softhsm.js';
import type { HsmUnderTest } from './token.js';

/** A PKCS#11 module over SoftHSM2 that plays other HSMs, compiled by scripts/setup.sh. */
export const OVERLAY_MODULE: string = fileURLToPath(new URL('../../.setup/overlay.so', import.meta.url));

/** Lines `key=value` of the overlay's file; test/support/native/overlay/overlay.c explains them. */
export type OverlayBehaviour = Readonly<Record<string, string | readonly string[]>>;

export interface OverlayToken extends HsmUnderTest {
  readonly soPin: string;
  /** pkcs11:token=LABEL?module-path=... */
  readonly uri: string;
  /** Another behaviour in place of the old one, for every process that initialises the module from now on. */
  setBehaviour(behaviour: OverlayBehaviour): void;
  /** One line per call of all processes so far. */
  trace(): string[];
}

/** Makes a token that behaves so. A program sees the behaviour through `env`; the file of it is `env.KEYFERRY_OVERLAY`. */
export async function makeOverlayToken(
  t: Owner,
  behaviour: OverlayBehaviour = {},
  options: TokenOptions = {},
): Promise<OverlayToken> {
  if (!existsSync(OVERLAY_MODULE)) throw new Error(`no ${OVERLAY_MODULE}: run scripts/setup.sh`);
  const { label, pin, soPin, pinFile, folder, env } = await makeToken(t, options);
  const file = join(folder, `overlay-${label}`);
  const soPinFile = `${pinFile}-so`;
  const traceFile = `${file}.trace`;
  writeFileSync(soPinFile, `${soPin}\n`, { mode: 0o600 });
  const setBehaviour = (lines: OverlayBehaviour) =>
    writeFileSync(
      file,
      written({ module: SOFTHSM_MODULE, token: label, 'so-pin-file': soPinFile, trace: traceFile, ...lines }),
    );
  setBehaviour(behaviour);
  return {
    name: 'overlay',
    module: OVERLAY_MODULE,
    label,
    pin,
    soPin,
    pinFile,
    folder,
    env: { ...env, KEYFERRY_OVERLAY: file },
    uri: `pkcs11:token=${encodeURIComponent(label)}?module-path=${encodeURI(OVERLAY_MODULE)}`,
    setBehaviour,
    trace: () => (existsSync(traceFile) ? readFileSync(traceFile, 'utf8').split('\n').slice(0, -1) : []),
  };
}

function written(behaviour: OverlayBehaviour): string {
  const lines = Object.entries(behaviour).flatMap(([key, values]) =>
    [values].flat().map((value) => `${key}=${value}\n`),
  );
  return lines.join('');
}

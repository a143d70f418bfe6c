import type { VaultHost } from '../hosts.js';
import type { Transfer } from '../keys/engine.js';
import type { KeyRecord } from '../keys/record.js';
import type { Records } from '../keys/records.js';
import type { Policies } from '../policies.js';
import { isKek } from './key-ops.js';
import { badParameter, type InnerCode } from './refusal.js';
import { type KeyState, stateOf } from './use.js';

const KID = /^https:\/\/([^/]+)\/keys\/([0-9a-zA-Z-]{1,127})(?:\/([0-9a-f]{32}))?$/;

const UNUSABLE: Readonly<Record<Exclude<KeyState, 'usable'>, readonly [InnerCode, string]>> = {
  disabled: ['KekDisabled', 'The KEK is disabled.'],
  'not-yet-valid': ['KekNotYetValid', 'The KEK is not valid yet.'],
  expired: ['KekExpired', 'The KEK has expired.'],
};

/** The key that a kid names: it must be a usable KEK of this very vault. `now` is in Unix seconds. */
export function findKek(kid: string, host: VaultHost, records: Records, policies: Policies, now: number): KeyRecord {
  const match = KID.exec(kid);
  if (match === null)
    throw refused('KidMalformed', 'kid must look like https://NAME.vault.azure.net/keys/KEY/VERSION.');
  const [, kidHost = '', name = '', version] = match;
  if (kidHost.toLowerCase() !== host.host) {
    throw refused('KidOtherVault', `kid names ${kidHost}; this is ${host.host}. A KEK serves its own vault only.`);
  }
  if (version === undefined && !policies.has('unversioned-kid')) {
    throw refused('KidUnversioned', 'kid names no version.');
  }
  const kek = version === undefined ? records.newest(host.host, name) : records.version(host.host, name, version);
  if (kek === undefined) throw refused('KidUnknown', 'kid names no key of this vault.');
  if (!isKek(kek.keyOps) || kek.material.type !== 'RSA') {
    throw refused('KekNotForImport', 'The key that kid names does not have "import" as its one key operation.');
  }
  const state = stateOf(kek, now);
  if (state !== 'usable') throw refused(...UNUSABLE[state]);
  return kek;
}

/** Longer than the longest target: PKCS#8 of RSA-4096 is about 2,400 bytes. */
const MAX_WRAPPED_TARGET_BYTES = 4096;

/** Cuts the ciphertext: first the wrapped AES key, as long as the modulus, then RFC 5649, a multiple of 8 and at least 16 bytes. */
export function cutCiphertext(ciphertext: Buffer, kek: KeyRecord, type: string, policies: Policies): Transfer {
  const kekBytes = kek.material.type === 'RSA' ? kek.material.bits / 8 : 0;
  const wrappedTarget = ciphertext.subarray(kekBytes);
  const { length } = wrappedTarget;
  const possible = length >= 16 && length <= MAX_WRAPPED_TARGET_BYTES && length % 8 === 0;
  if (!possible || (type === 'oct' && ![24, 32, 40].includes(length))) {
    const expected = type === 'oct' ? '24, 32 or 40' : 'a multiple of 8, at least 16,';
    throw refused(
      'CiphertextLength',
      `Expected ${kekBytes} bytes and ${expected} bytes after them; found ${ciphertext.length} in all.`,
    );
  }
  return {
    wrappedAesKey: ciphertext.subarray(0, kekBytes),
    wrappedTarget,
    aesKeyBytes: policies.has('short-aes-key') ? [16, 24, 32] : [32],
    exponents: policies.has('other-public-exponent') ? 'odd' : 'usual',
  };
}

function refused(inner: InnerCode, message: string) {
  return badParameter(message, inner);
}

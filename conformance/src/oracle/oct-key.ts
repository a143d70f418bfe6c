import { ecb } from '@noble/ciphers/aes.js';
import type { VaultKind } from './kid.js';
import { nameOfKeyText } from './other-forms.js';
import type { Report } from './report.js';
import type { Target } from './target.js';

/** Whether the plaintext is an AES key: nothing shorter than 67 bytes is a key in PKCS#8. */
export function isAesKey(plaintext: Uint8Array): boolean {
  return [16, 24, 32].includes(plaintext.length);
}

/** An AES key: its bare bytes. `home` is where the KEK lives, null where the kid does not say. */
export function judgeOctKey(plaintext: Uint8Array, home: VaultKind | null, report: Report): Target {
  const bits = plaintext.length * 8;
  const text = nameOfKeyText(plaintext);
  report.check('blob/encoding/form', text === null, text ?? `${plaintext.length} bytes: an AES key`);
  for (const id of ['trailing', 'der', 'version', 'attributes', 'algorithm'] as const) {
    report.skip(`blob/encoding/${id}`, 'an AES key has no encoding');
  }
  if (home === null) report.skip('blob/policy/oct/managed-hsm', 'the kid does not say where the KEK lives');
  else {
    const found = home === 'vault' ? 'a Key Vault, which keeps no AES keys' : 'a Managed HSM';
    report.check('blob/policy/oct/managed-hsm', home === 'managed-hsm', found);
  }
  return { type: 'oct', bits, crv: null, thumbprint: null, kcv: keyCheckValue(plaintext) };
}

/** The first 3 bytes of AES-ECB over 16 zero bytes, in lower-case hex. */
function keyCheckValue(aesKey: Uint8Array): string {
  const block = ecb(aesKey, { disablePadding: true }).encrypt(new Uint8Array(16));
  return Buffer.from(block.subarray(0, 3)).toString('hex');
}

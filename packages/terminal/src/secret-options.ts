import { KeyferryError } from '@keyferry/errors';

const USUAL = [
  'pin',
  'so-pin',
  'user-pin',
  'pin-value',
  'password',
  'passphrase',
  'token',
  'access-token',
  'client-secret',
];

/**
 * Refuses a command line that names an option made to carry a secret, or a PKCS#11 URI with a `pin-value`, without
 * repeating what stands there. Throws SECRET_IN_ARGV.
 */
export function refuseSecrets(argv: readonly string[], names: readonly string[] = USUAL): void {
  const secret = new Set(names.map(plain));
  for (const word of argv) {
    const name = /^--?([^=]+)/.exec(word)?.[1];
    if (name !== undefined && secret.has(plain(name))) {
      throw new KeyferryError('SECRET_IN_ARGV', {
        reason: `--${names.find((known) => plain(known) === plain(name))} carries a secret; its value is not repeated here`,
      });
    }
    if (/\bpin-value=/i.test(word)) {
      throw new KeyferryError('SECRET_IN_ARGV', { reason: 'a PKCS#11 URI on the command line carries a pin-value' });
    }
  }
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

import { KeyferryError } from '@keyferry/errors';
import { kebab } from './option-names.js';
import type { Program } from './program.js';

/** Options of other programs that carry a secret: people try them here. */
const USUAL = [
  'pin',
  'pin-value',
  'so-pin',
  'user-pin',
  'password',
  'passphrase',
  'secret',
  'token',
  'access-token',
  'client-secret',
];

/**
 * Refuses a command line that names an option made to carry a secret, or a PKCS#11 URI with a `pin-value`, without
 * repeating what stands there. Throws SECRET_IN_ARGV.
 */
export function refuseSecrets(argv: readonly string[], { commands, secretOptions = [] }: Program): void {
  const declared = new Set(commands.flatMap(({ options }) => Object.keys(options).map((name) => plain(kebab(name)))));
  const secret = [...USUAL, ...secretOptions].filter((name) => !declared.has(plain(name)));
  for (const word of argv) {
    const typed = /^--?([^=]+)/.exec(word)?.[1];
    const name = secret.find((known) => typed !== undefined && plain(known) === plain(typed));
    if (name !== undefined) {
      throw new KeyferryError('SECRET_IN_ARGV', {
        reason: `--${name} would carry a secret; what stands there is not repeated here`,
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

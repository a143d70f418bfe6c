import { KeyferryError } from '@keyferry/errors';
import { shown } from './shown.js';
import { VAULT_URL_PATTERN, type VaultAddress, vaultOfHost } from './vault-address.js';

/** The identifier of one version of one key in one vault. */
export interface Kid {
  /** `https://HOST/keys/NAME/VERSION`, exactly as it was given. */
  readonly text: string;
  readonly vault: VaultAddress;
  /** The key's name: 1 to 127 letters, digits and hyphens. */
  readonly name: string;
  /** 32 hex digits. */
  readonly version: string;
}

const NAME = /^[0-9a-zA-Z-]{1,127}$/;
const VERSION = /^[0-9a-fA-F]{32}$/;

/** As a pattern: what parseKid accepts. */
export const KID_PATTERN = new RegExp(
  `${VAULT_URL_PATTERN.source.slice(0, -1)}/keys/${NAME.source.slice(1, -1)}/${VERSION.source.slice(1)}`,
);

/**
 * Reads a kid. Only the one spelling passes that URL parsers leave as it is: no port, user, query, fragment, escape,
 * dot segment, upper case in the host or slash at the end. So equal kids have equal texts.
 *
 * KID_INVALID; KID_UNVERSIONED; KID_FOREIGN_HOST for a host that is not one label before a domain of the service.
 */
export function parseKid(text: string): Kid {
  const [, host, path] = /^https:\/\/([^/]*)(\/.*)?$/s.exec(text) ?? [];
  if (host === undefined) throw invalid('an https:// URL', text);
  const strange = /[^0-9a-zA-Z./-]/.exec(text.slice('https://'.length))?.[0];
  if (strange !== undefined) throw invalid(`letters, digits, dots, hyphens and slashes, not ${shown(strange)},`, text);
  if (host !== host.toLowerCase()) throw invalid('the host in lower case', text);
  const vault = vaultOfHost(host);
  if (vault === null) {
    throw new KeyferryError('KID_FOREIGN_HOST', {
      reason: `expected a host such as NAME.vault.azure.net or NAME.managedhsm.azure.net, found ${shown(host)}`,
      values: { host },
    });
  }
  const [, keys, name = '', version = '', ...rest] = (path ?? '').split('/');
  if (keys !== 'keys' || !NAME.test(name) || rest.length > 0) throw invalid('/keys/NAME/VERSION after the host', text);
  if (version === '') {
    throw new KeyferryError('KID_UNVERSIONED', { reason: `expected /keys/${name}/VERSION, found ${shown(text)}` });
  }
  if (!VERSION.test(version)) throw invalid('a version of 32 hex digits', text);
  return { text, vault, name, version };
}

function invalid(expected: string, found: string): KeyferryError {
  return new KeyferryError('KID_INVALID', { reason: `expected ${expected} in the kid, found ${shown(found)}` });
}

import type { CodeTable } from '../code-entry.js';

/** Key Vault and Managed HSM over the network, and the identity service before them. */
export const serviceCodes = {
  VAULT_URL_INVALID: {
    exit: 'usage',
    title: 'this is not the URL of a vault or Managed HSM',
    why: 'It looks like https://NAME.vault.azure.net or https://NAME.managedhsm.azure.net.',
    mend: 'copy the vault URI from the service',
  },
  VAULT_MISMATCH: {
    exit: 'policy',
    title: 'the blob was made for another vault',
    why: 'A blob can be imported only where its KEK lives.',
    mend: 'give the vault of the kid as --vault-url, or wrap the key again',
  },
  VAULT_UNREACHABLE: {
    exit: 'service',
    title: 'the vault cannot be reached',
    why: 'No connection was made, so nothing was changed.',
    mend: 'check the name of the vault, the network and HTTPS_PROXY',
  },
  TLS_UNTRUSTED: {
    exit: 'service',
    title: 'the certificate of the vault is not trusted',
    why: 'Something between here and the service may read along, or a private CA is not configured.',
    mend: 'for an inspecting proxy or the emulator set NODE_EXTRA_CA_CERTS',
  },
  LOGIN_FAILED: {
    exit: 'service',
    title: 'no access token could be had',
    why: 'The identity service refused, or no credential was found.',
    mend: 'log in with az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET',
  },
  SERVICE_UNAUTHORIZED: {
    exit: 'service',
    title: 'the vault does not accept the access token (401)',
    why: 'It is for another tenant or has expired.',
    mend: 'log in to the tenant of the vault',
  },
  SERVICE_FORBIDDEN: {
    exit: 'service',
    title: 'the vault forbids this (403)',
    why: 'A role or permission is missing, or the key is disabled.',
    mend: 'importing needs the role Key Vault Crypto Officer (Managed HSM Crypto Officer)',
  },
  SERVICE_WRONG_TENANT: {
    exit: 'service',
    title: 'the access token is for another tenant than that of the vault',
    why: 'The vault trusts the identity service of its own tenant only; the cause names which it expects.',
    mend: 'log in to the tenant of the vault: az login --tenant TENANT, or AZURE_TENANT_ID',
  },
  CLOCK_SKEW: {
    exit: 'service',
    title: 'the clock of this machine is wrong',
    why: 'Access tokens and KEKs are valid from one instant to another; with a wrong clock they seem not yet valid or expired.',
    mend: 'set the clock, by a time service or by hand, and try again',
  },
  SERVICE_FIREWALL: {
    exit: 'service',
    title: 'the firewall of the vault keeps this machine out (403)',
    why: 'The vault answers to chosen addresses, networks or private links only.',
    mend: 'work from a network that is allowed, or let the administrator of the vault add this one',
  },
  SERVICE_VAULT_DISABLED: {
    exit: 'service',
    title: 'the vault is disabled (403)',
    why: 'Its subscription was disabled, or the vault itself was.',
    mend: 'let the owner of the subscription enable it again',
  },
  SERVICE_NAME_DELETED: {
    exit: 'service',
    title: 'a deleted key still holds that name (409)',
    why: 'The service keeps a deleted key for weeks, so that it can be recovered; until it is recovered or purged the name is taken.',
    mend: 'choose another name, or recover or purge the deleted key',
  },
  SERVICE_NOT_FOUND: {
    exit: 'service',
    title: 'the vault does not have that (404)',
    why: 'There is no such key or version.',
    mend: 'check name and version',
  },
  SERVICE_CONFLICT: {
    exit: 'service',
    title: 'the vault reports a conflict (409)',
    why: 'Another operation on the same key is under way.',
    mend: 'wait, and try again',
  },
  SERVICE_REFUSED: {
    exit: 'service',
    title: 'the vault refused the request',
    why: 'It answered with an error; the cause has its code and text.',
    mend: 'see what the service says in the cause',
  },
  SERVICE_BUSY: {
    exit: 'service',
    title: 'the vault is throttling (429)',
    why: 'Too many requests in a short time.',
    mend: 'wait, and try again',
  },
  SERVICE_FAILED: {
    exit: 'service',
    title: 'the vault failed (5xx)',
    why: 'The service has a fault of its own.',
    mend: 'try again later',
  },
  SERVICE_NO_ANSWER: {
    exit: 'service',
    title: 'the vault gave no answer',
    why: 'The connection broke off, or the time limit passed. What was asked may have been done all the same.',
    mend: 'check the network, and try again; --timeout sets the time limit',
  },
  SERVICE_NOT_JSON: {
    exit: 'service',
    title: 'the answer is not from a vault',
    why: 'It is not JSON. A proxy or a captive portal may have answered.',
    mend: 'check HTTPS_PROXY and the network',
  },
  KEY_EXISTS: {
    exit: 'policy',
    title: 'a key of that name exists already',
    why: 'The import would add a new version to it, and whoever uses the newest version would use the new key at once.',
    mend: 'choose another name, or add --new-version',
  },
  OUTCOME_UNKNOWN: {
    exit: 'service',
    title: 'it is not known whether the vault has made the key',
    why: 'The answer was lost, and what the vault shows does not decide it. It is not sent again by itself: that could make a second key.',
    mend: 'look at the versions of the name in the vault before anything else',
  },
  IMPORTED_KEY_MISMATCH: {
    exit: 'verification',
    title: 'the key in the vault is not the key of the HSM',
    why: 'The public keys differ, or of an AES key the check values. An import leaves the version disabled.',
    mend: 'stop; keep blob, manifest and receipt as evidence',
  },
  EMULATOR_REFUSED: {
    exit: 'policy',
    title: 'a production key must not go to an emulator',
    why: 'The vault that answered is keyferry-vault, a test bed in software.',
    mend: 'unset HTTPS_PROXY and NODE_EXTRA_CA_CERTS to reach the real service',
  },
} as const satisfies CodeTable;

import type { DiagnosisTable } from './diagnosis.js';

const MEND = 'write the kid as the service reports it with the key: https://HOST/keys/NAME/VERSION';

/** What is wrong with the identifier of the KEK. */
export const KID = {
  'kid/unversioned': {
    check: 'blob/kid/version',
    title: 'the kid names no version of the KEK',
    cause: 'the identifier without a version was copied, which the portal and scripts show as well',
    mend: MEND,
  },
  'kid/empty-version': {
    check: 'blob/kid/version',
    title: 'the kid ends in "/" and names no version of the KEK',
    cause: 'it was put together from parts, and the version was empty',
    mend: MEND,
  },
  'kid/version': {
    check: 'blob/kid/version',
    title: 'the version in the kid is not 32 hex digits',
    cause: 'it was shortened, given hyphens as a UUID has them, or made up',
    mend: MEND,
  },
  'kid/http': {
    check: 'blob/kid/form',
    title: 'the kid begins with http and not with https',
    cause: 'it was typed',
    mend: MEND,
  },
  'kid/port': {
    check: 'blob/kid/form',
    title: 'the kid names a port',
    cause: 'a URL library wrote the port as well',
    mend: MEND,
  },
  'kid/query': {
    check: 'blob/kid/form',
    title: 'the kid has a query or a fragment',
    cause: 'the URL of a request, with ?api-version=, was copied',
    mend: MEND,
  },
  'kid/name-only': {
    check: 'blob/kid/form',
    title: 'the kid is no URL',
    cause: 'the name of the KEK, its thumbprint or its identifier in the HSM was written',
    mend: MEND,
  },
  'kid/other-collection': {
    check: 'blob/kid/form',
    title: 'the kid names a secret or a certificate',
    cause: 'the identifier of another object of the vault was copied',
    mend: MEND,
  },
  'kid/form': {
    check: 'blob/kid/form',
    title: 'the kid is a URL of another form',
    cause: 'it was put together by hand',
    mend: MEND,
  },
  'kid/host-in-capitals': {
    check: 'blob/kid/host',
    title: 'the host of the kid has capital letters',
    cause: 'it was typed as the vault is spelt in the portal',
    mend: MEND,
  },
  'kid/host': {
    check: 'blob/kid/host',
    title: 'the host of the kid is no Key Vault and no Managed HSM',
    cause: 'the KEK lives elsewhere, such as in an emulator, or the host was typed',
    mend: MEND,
  },
} as const satisfies DiagnosisTable;

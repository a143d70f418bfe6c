import type { KID } from '../../diagnosis/table/kid.js';
import type { Fault } from './fault.js';

const kid =
  (change: (kid: string) => string): Fault =>
  (material) => ({
    object: (blob) => ({ ...blob, header: { ...blob.header, kid: change(material.kid) } }),
  });

export const KID_FAULTS: Readonly<Record<keyof typeof KID, Fault>> = {
  'kid/unversioned': kid((url) => url.replace(/\/[^/]*$/, '')),
  'kid/empty-version': kid((url) => url.replace(/[^/]*$/, '')),
  'kid/version': kid((url) => url.slice(0, -4)),
  'kid/http': kid((url) => url.replace('https', 'http')),
  'kid/port': kid((url) => url.replace(/(\w)\/keys/, '$1:443/keys')),
  'kid/query': kid((url) => `${url}?api-version=7.4`),
  'kid/name-only': kid(() => 'kek'),
  'kid/other-collection': kid((url) => url.replace('/keys/', '/secrets/')),
  'kid/form': kid((url) => url.replace('/keys/', '/v1/keys/')),
  'kid/host-in-capitals': kid((url) => url.replace(/\/\/[^/]*/, (host) => host.toUpperCase())),
  'kid/host': kid((url) => url.replace(/\/\/[^/]*/, '//vault.example')),
};

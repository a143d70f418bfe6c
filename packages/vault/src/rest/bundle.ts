import type { KeyRecord } from '../keys/record.js';
import { kidOf } from '../rules/names.js';

/** How long a deleted key can be recovered. The service purges it then; the emulator does not by itself. */
export const RECOVERABLE_DAYS = 90;

/** A key version as the service shows it (KeyBundle): public parts only. */
export function keyBundle(record: KeyRecord) {
  const { material } = record;
  const kty = record.hsm ? `${material.type}-HSM` : material.type;
  const jwk = { kid: kidOf(record), kty, key_ops: record.keyOps };
  const common = { attributes: attributesOf(record), tags: record.tags };
  if (material.type === 'RSA') return { key: { ...jwk, n: material.n, e: material.e }, ...common };
  if (material.type === 'EC') return { key: { ...jwk, crv: material.crv, x: material.x, y: material.y }, ...common };
  return { key: jwk, ...common };
}

/** A line of a list (KeyItem): with the version in its kid in a list of versions, without in a list of keys. */
export function keyItem(record: KeyRecord, options: { readonly versioned: boolean }) {
  const kid = options.versioned ? kidOf(record) : `https://${record.host}/keys/${record.name}`;
  return { kid, attributes: attributesOf(record), tags: record.tags };
}

/** What a deleted key shows beside its bundle or item. Times are in Unix seconds. */
export function deletionOf(record: KeyRecord, [first]: readonly KeyRecord[]) {
  const deletion = first?.wholeKey?.deletion;
  return {
    recoveryId: `https://${record.host}/deletedkeys/${record.name}`,
    deletedDate: deletion?.deleted,
    scheduledPurgeDate: deletion?.scheduledPurge,
  };
}

function attributesOf(record: KeyRecord) {
  return {
    enabled: record.enabled,
    ...(record.nbf !== undefined && { nbf: record.nbf }),
    ...(record.exp !== undefined && { exp: record.exp }),
    created: record.created,
    updated: record.updated,
    recoveryLevel: 'Recoverable+Purgeable',
    recoverableDays: RECOVERABLE_DAYS,
    exportable: false,
    // The service has numbers here; this says plainly that no hardware is behind it.
    ...(record.hsm && { hsmPlatform: 'softhsm2-emulated' }),
  };
}

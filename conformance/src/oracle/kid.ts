import { quote, type Report } from './report.js';

export type VaultKind = 'vault' | 'managed-hsm';

const HOSTS: readonly (readonly [suffix: string, kind: VaultKind])[] = [
  ['vault.azure.net', 'vault'],
  ['vault.usgovcloudapi.net', 'vault'],
  ['vault.azure.cn', 'vault'],
  ['managedhsm.azure.net', 'managed-hsm'],
  ['managedhsm.usgovcloudapi.net', 'managed-hsm'],
  ['managedhsm.azure.cn', 'managed-hsm'],
];

/** The key identifier of the KEK. Returns where that lives, or null where the kid does not say. */
export function judgeKid(kid: string, report: Report): VaultKind | null {
  const parts = /^https:\/\/([^/?#@:\s]+)\/keys\/([0-9A-Za-z-]{1,127})(?:\/([^/?#\s]*))?$/.exec(kid);
  if (!report.check('blob/kid/form', parts !== null, quote(kid)) || !parts) return null;
  const [, host = '', , version = ''] = parts;
  const kind = kindOfHost(host);
  report.check('blob/kid/host', kind !== null, quote(host));
  report.check('blob/kid/version', /^[0-9a-fA-F]{32}$/.test(version), version === '' ? 'no version' : quote(version));
  return kind;
}

function kindOfHost(host: string): VaultKind | null {
  for (const [suffix, kind] of HOSTS) {
    const name = host.endsWith(`.${suffix}`) ? host.slice(0, -suffix.length - 1) : '';
    if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return kind;
  }
  return null;
}

import type { ErrorCode } from '@keyferry/errors';
import test from 'ava';
import { KID_PATTERN, parseKid } from '../src/kid.js';
import { parseVaultUrl } from '../src/vault-address.js';
import { codeOf, refusal } from './support/refusal.js';
import { VERSION } from './support/samples.js';

const HOSTS = [
  ['vault.azure.net', 'vault', 'public'],
  ['managedhsm.azure.net', 'managed-hsm', 'public'],
  ['vault.usgovcloudapi.net', 'vault', 'usgov'],
  ['managedhsm.usgovcloudapi.net', 'managed-hsm', 'usgov'],
  ['vault.azure.cn', 'vault', 'china'],
  ['managedhsm.azure.cn', 'managed-hsm', 'china'],
] as const;

for (const [domain, kind, cloud] of HOSTS) {
  test(`a kid on ${domain} is of kind ${kind} in the cloud ${cloud}`, (t) => {
    const text = `https://bank-1.${domain}/keys/My-KEK-2026/${VERSION}`;
    const vault = { url: `https://bank-1.${domain}`, host: `bank-1.${domain}`, name: 'bank-1', kind, cloud };
    t.deepEqual(parseKid(text), { text, vault, name: 'My-KEK-2026', version: VERSION });
    t.deepEqual(parseVaultUrl(`https://bank-1.${domain}`), vault);
    t.deepEqual(parseVaultUrl(`https://bank-1.${domain}/`), vault);
    t.regex(text, KID_PATTERN);
  });
}

const REFUSED: readonly [kid: string, code: ErrorCode][] = [
  ['', 'KID_INVALID'],
  ['kek', 'KID_INVALID'],
  [`http://bank.vault.azure.net/keys/kek/${VERSION}`, 'KID_INVALID'],
  [`HTTPS://bank.vault.azure.net/keys/kek/${VERSION}`, 'KID_INVALID'],
  [` https://bank.vault.azure.net/keys/kek/${VERSION}`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/keys/kek/${VERSION}\n`, 'KID_INVALID'],
  [`https://bank.vault.azure.net:443/keys/kek/${VERSION}`, 'KID_INVALID'],
  [`https://user@bank.vault.azure.net/keys/kek/${VERSION}`, 'KID_INVALID'],
  [`https://bank.vault.azure.net@evil.com/keys/kek/${VERSION}`, 'KID_INVALID'],
  [`https://evil.com\\@bank.vault.azure.net/keys/kek/${VERSION}`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/keys/kek/${VERSION}?x=1`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/keys/kek/${VERSION}#x`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/keys/kek/${VERSION}/`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/keys/kek/${VERSION}/more`, 'KID_INVALID'],
  [`https://bank.vault.azure.net//keys/kek/${VERSION}`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/keys//${VERSION}`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/keys/../${VERSION}`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/keys/./kek/${VERSION}`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/keys/a/../kek/${VERSION}`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/keys/k%65k/${VERSION}`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/keys/k_k/${VERSION}`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/keys/k\u0435k/${VERSION}`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/keys/${'k'.repeat(128)}/${VERSION}`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/Keys/kek/${VERSION}`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/secrets/kek/${VERSION}`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/deletedkeys/kek/${VERSION}`, 'KID_INVALID'],
  ['https://bank.vault.azure.net/keys/kek/latest', 'KID_INVALID'],
  [`https://bank.vault.azure.net/keys/kek/${VERSION.slice(1)}`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/keys/kek/${VERSION}0`, 'KID_INVALID'],
  [`https://bank.vault.azure.net/keys/kek/${VERSION.slice(1)}g`, 'KID_INVALID'],
  ['https://bank.vault.azure.net', 'KID_INVALID'],
  ['https://bank.vault.azure.net/', 'KID_INVALID'],
  ['https://bank.vault.azure.net/keys', 'KID_INVALID'],
  [`https://Bank.vault.azure.net/keys/kek/${VERSION}`, 'KID_INVALID'],
  ['https://bank.vault.azure.net/keys/kek', 'KID_UNVERSIONED'],
  ['https://bank.vault.azure.net/keys/kek/', 'KID_UNVERSIONED'],
  [`https://bank.vault.azure.net.evil.com/keys/kek/${VERSION}`, 'KID_FOREIGN_HOST'],
  [`https://xvault.azure.net/keys/kek/${VERSION}`, 'KID_FOREIGN_HOST'],
  [`https://bankvault.azure.net/keys/kek/${VERSION}`, 'KID_FOREIGN_HOST'],
  [`https://vault.azure.net/keys/kek/${VERSION}`, 'KID_FOREIGN_HOST'],
  [`https://.vault.azure.net/keys/kek/${VERSION}`, 'KID_FOREIGN_HOST'],
  [`https://a.bank.vault.azure.net/keys/kek/${VERSION}`, 'KID_FOREIGN_HOST'],
  [`https://bank.vault.azure.net./keys/kek/${VERSION}`, 'KID_FOREIGN_HOST'],
  [`https://-bank.vault.azure.net/keys/kek/${VERSION}`, 'KID_FOREIGN_HOST'],
  [`https://bank-.vault.azure.net/keys/kek/${VERSION}`, 'KID_FOREIGN_HOST'],
  [`https://${'b'.repeat(64)}.vault.azure.net/keys/kek/${VERSION}`, 'KID_FOREIGN_HOST'],
  [`https://bank.vaultxazure.net/keys/kek/${VERSION}`, 'KID_FOREIGN_HOST'],
  [`https://bank.vault.microsoftazure.de/keys/kek/${VERSION}`, 'KID_FOREIGN_HOST'],
  [`https://127.0.0.1/keys/kek/${VERSION}`, 'KID_FOREIGN_HOST'],
  [`https:///keys/kek/${VERSION}`, 'KID_FOREIGN_HOST'],
  ['https://evil.com/keys/kek', 'KID_FOREIGN_HOST'],
];

for (const [kid, code] of REFUSED) {
  test(`the kid ${JSON.stringify(kid)} is refused: ${code}`, (t) => {
    t.is(
      codeOf(() => parseKid(kid)),
      code,
    );
    t.notRegex(kid, KID_PATTERN);
  });
}

test('a kid that is accepted is left as it is by a URL parser', (t) => {
  const { text, vault } = parseKid(`https://bank.vault.azure.net/keys/KEK/${VERSION.toUpperCase()}`);
  t.is(new URL(text).href, text);
  t.is(new URL(text).hostname, vault.host);
});

test('the error shows what was found without its control characters', (t) => {
  const { reason } = refusal(() => parseKid('https://\u001b[2Jevil'));
  t.false(reason.includes('\u001b'));
});

for (const url of [
  'https://evil.com',
  'https://bank.vault.azure.net//',
  'https://bank.vault.azure.net/keys',
  'https://bank.vault.azure.net:8443',
  'https://user@bank.vault.azure.net',
  'https://bank.vault.azure.net?x',
  'https://Bank.vault.azure.net',
  'https://bank.vault.azure.net.evil.com',
  'https://a.bank.vault.azure.net',
  'http://bank.vault.azure.net',
  'bank.vault.azure.net',
  'https://bank.vault.azure.net\n',
  '',
]) {
  test(`the vault URL ${JSON.stringify(url)} is refused`, (t) => {
    t.is(
      codeOf(() => parseVaultUrl(url)),
      'VAULT_URL_INVALID',
    );
  });
}

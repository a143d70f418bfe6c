import { execFileSync } from 'node:child_process';
import { parseVaultUrl } from '@keyferry/blob';
import test from 'ava';
import { azCreateKek, azFetchKek, azImport } from '../src/az.js';
import type { ImportRequest } from '../src/vault.js';

const VAULT = parseVaultUrl('https://prod.vault.azure.net');
const request: ImportRequest = {
  ...{ type: 'EC', crv: 'secp256k1', keyOps: ['sign', 'verify'], blob: Buffer.alloc(0), tags: {} },
  ...{ notBefore: null, expiresOn: null, exportable: false, release: null },
};
const plain = { blob: 'a.byok', releasePolicy: undefined, disabled: false };

test('an import is spelt as the Azure CLI understands it: kty without -HSM, --curve, the service name of the curve', (t) => {
  t.is(
    azImport(VAULT, 'payroll', request, plain),
    'az keyvault key import --vault-name prod --name payroll --byok-file a.byok --kty EC --curve P-256K --ops sign verify --protection hsm',
  );
  const pool = parseVaultUrl('https://pool.managedhsm.azure.net');
  const oct = { ...request, type: 'oct', crv: null, keyOps: ['encrypt'] } as const;
  t.is(
    azImport(pool, 'aes', oct, plain),
    'az keyvault key import --hsm-name pool --name aes --byok-file a.byok --kty oct --ops encrypt --protection hsm',
  );
});

test('all that an import can carry goes over, and a shell reads each word back as it was', (t) => {
  const everything: ImportRequest = {
    ...{ ...request, type: 'RSA', crv: null, tags: { owner: "it's $HOME", 'a b': '' } },
    ...{ notBefore: new Date('2027-01-01T00:00:00Z'), expiresOn: new Date('2028-01-01T00:00:00Z') },
    ...{ exportable: true, release: { policy: Buffer.from('{}'), immutable: true } },
  };
  const line = azImport(VAULT, 'n', everything, { blob: 'my blob.byok', releasePolicy: 'p.json', disabled: true });
  const words = execFileSync('sh', ['-c', `az() { printf '%s\\n' "$@"; }; ${line}`], { encoding: 'utf8' }).split('\n');
  t.deepEqual(words.slice(3, -1), [
    ...[
      '--vault-name',
      'prod',
      '--name',
      'n',
      '--byok-file',
      'my blob.byok',
      '--kty',
      'RSA',
      '--ops',
      'sign',
      'verify',
    ],
    ...['--protection', 'hsm', '--not-before', '2027-01-01T00:00:00Z', '--expires', '2028-01-01T00:00:00Z'],
    ...['--disabled', 'true', '--exportable', 'true', '--policy', 'p.json', '--immutable', 'true'],
    ...['--tags', "owner=it's $HOME", 'a b='],
  ]);
});

test('a KEK is created and fetched by the same means, in the cloud of its vault', (t) => {
  const kek = { bits: 3072, expiresOn: new Date('2027-01-01T00:00:00.000Z'), tags: {} } as const;
  t.is(
    azCreateKek('https://p.vault.azure.cn', 'kek', kek),
    'az cloud set --name AzureChinaCloud\n' +
      'az keyvault key create --vault-name p --name kek --kty RSA-HSM --size 3072 --ops import --expires 2027-01-01T00:00:00Z',
  );
  t.is(
    azFetchKek('https://prod.vault.azure.net', 'kek', 'a1', 'out/kek.pem'),
    'az keyvault key download --vault-name prod --name kek --version a1 --encoding PEM --file out/kek.pem\n' +
      'az keyvault key show --vault-name prod --name kek --version a1',
  );
});

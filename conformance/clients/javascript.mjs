/**
 * javascript.mjs VAULT-URL POOL-URL KEYS: @azure/keyvault-keys with DefaultAzureCredential, which takes what the
 * environment offers: a client secret, the token file of a workload, or a managed identity. KEYS is the folder of the
 * practice keys; the current folder takes what is written. Prints a line a step; exit 0 when all are done.
 */
import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, verify } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultAzureCredential } from '@azure/identity';
import { CryptographyClient, KeyClient } from '@azure/keyvault-keys';

const [vaultUrl = '', poolUrl = '', keys = ''] = process.argv.slice(2);
const credential = new DefaultAzureCredential();
const makeBlob = fileURLToPath(new URL('make-blob.mjs', import.meta.url));
const done = (step) => console.log(`ok ${step}`);

function check(condition, what) {
  if (!condition) throw new Error(what);
}

/** Creates a KEK and gives a function that wraps a practice key for it. */
async function kekOf(client, name) {
  const kek = await client.createRsaKey(name, { hsm: true, keySize: 2048, keyOps: ['import'] });
  const text = (bytes) => Buffer.from(bytes).toString('base64url');
  writeFileSync(`${name}.json`, JSON.stringify({ kid: kek.id, n: text(kek.key.n), e: text(kek.key.e) }));
  return (file) => {
    execFileSync(process.execPath, [makeBlob, `${name}.json`, join(keys, file), 'target.byok']);
    return readFileSync('target.byok');
  };
}

async function signs(id, alg, hash, pem) {
  const message = Buffer.from('a message');
  const digest = createHash(hash).update(message).digest();
  const { result } = await new CryptographyClient(id, credential).sign(alg, digest);
  const key = { key: createPublicKey(createPrivateKey(pem)), dsaEncoding: 'ieee-p1363' };
  return verify(hash, message, key, result);
}

const vault = new KeyClient(vaultUrl, credential);
const wrap = await kekOf(vault, 'js-kek');
done('create');

for (const [name, file, kty, alg, crv] of [
  ['js-rsa', 'rsa-2048.pem', 'RSA-HSM', 'RS256'],
  ['js-ec', 'ec-p256.pem', 'EC-HSM', 'ES256', 'P-256'],
]) {
  const key = { kty, t: wrap(file), keyOps: ['sign', 'verify'], ...(crv && { crv }) };
  const { id } = await vault.importKey(name, key, { hardwareProtected: true });
  check(await signs(id, alg, 'sha256', readFileSync(join(keys, file))), `${name} does not sign like its source`);
  done(`import ${name}`);
}

const pool = new KeyClient(poolUrl, credential);
const wrapForPool = await kekOf(pool, 'js-kek');
const aes = await pool.importKey(
  'js-aes',
  { kty: 'oct-HSM', t: wrapForPool('aes-256.hex'), keyOps: ['wrapKey', 'unwrapKey'] },
  { hardwareProtected: true },
);
const aesClient = new CryptographyClient(aes.id, credential);
const { result: wrapped } = await aesClient.wrapKey('A256KW', Buffer.alloc(32, 7));
check(Buffer.alloc(32, 7).equals((await aesClient.unwrapKey('A256KW', wrapped)).result), 'js-aes does not unwrap');
done('import js-aes');

const names = [];
for await (const { name } of vault.listPropertiesOfKeys()) names.push(name);
check(
  ['js-ec', 'js-kek', 'js-rsa'].every((name) => names.includes(name)),
  `the list has ${names.join(', ')}`,
);
done('list');
await (await vault.beginDeleteKey('js-rsa')).pollUntilDone();
await vault.getKey('js-rsa').then(
  () => check(false, 'js-rsa is still there'),
  ({ code }) => check(code === 'KeyNotFound', `expected KeyNotFound, found ${code}`),
);
done('delete');

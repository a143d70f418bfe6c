import { createHash, randomBytes } from 'node:crypto';
import { KnownEncryptionAlgorithms, KnownKeyOperations, type SignatureAlgorithm } from '@azure/keyvault-keys';
import test from 'ava';
import { wholeFile } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { allOf, type Sdk, sdkFor } from './support/sdk.js';
import { blobFor, plaintextOf, wrapFor } from './support/transfer.js';
import { openTestVault, type TestVault } from './support/vault.js';

const VAULT = 'https://sdk.vault.azure.net';
const POOL = 'https://sdk.managedhsm.azure.net';

let opened: TestVault;
let sdk: Sdk;
test.before(async () => {
  opened = await openTestVault(wholeFile);
  sdk = sdkFor(opened);
});
test.after.always(() => opened.vault.close());

test('create makes each type of key with its size, operations, dates and tags', async (t) => {
  const keys = sdk.keys(VAULT);
  const pool = sdk.keys(POOL);
  const expiresOn = new Date(2_000_000_000_000);
  const options = { enabled: false, expiresOn, notBefore: new Date(1_000_000_000_000), tags: { a: 'b' } };
  const made = [
    await keys.createRsaKey('rsa', { ...options, keySize: 3072, keyOps: ['sign'] }),
    await keys.createRsaKey('rsa-hsm', { ...options, hsm: true }),
    await keys.createEcKey('ec', { ...options, curve: 'P-256K' }),
    await keys.createEcKey('ec-hsm', { ...options, hsm: true, curve: 'P-521' }),
    await pool.createOctKey('oct', { ...options, hsm: true, keySize: 128 }),
  ];
  t.deepEqual(
    made.map(({ keyType }) => keyType),
    ['RSA', 'RSA-HSM', 'EC', 'EC-HSM', 'oct-HSM'],
  );
  t.deepEqual(made[0]?.keyOperations, ['sign']);
  t.is(made[0]?.key?.n?.length, 384);
  for (const { properties, name } of made) {
    t.like(properties, { name, enabled: false, expiresOn, recoveryLevel: 'Recoverable+Purgeable', tags: { a: 'b' } });
  }
});

test('import takes a transfer blob and a plain key', async (t) => {
  const keys = sdk.keys(VAULT);
  const kek = await keys.createRsaKey('kek', { hsm: true, keyOps: [KnownKeyOperations.Import] });
  const [n, e] = [kek.key?.n, kek.key?.e].map((bytes) => Buffer.from(bytes ?? []).toString('base64url'));
  const blob = blobFor(kek.id ?? '', wrapFor({ n: n ?? '', e: e ?? '' }, plaintextOf(practiceKey('rsa-2048'))));
  const transferred = await keys.importKey(
    'transferred',
    { kty: 'RSA-HSM', t: Buffer.from(JSON.stringify(blob)) },
    { hardwareProtected: true },
  );
  const { kty = '', ...members } = practiceKey('rsa-2048').export({ format: 'jwk' });
  const bytes = Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, Buffer.from(String(value), 'base64url')]),
  );
  const plain = await keys.importKey('plain', { kty, ...bytes }, { hardwareProtected: true });
  t.is(plain.keyType, 'RSA-HSM');
  for (const { key } of [transferred, plain]) t.deepEqual(Buffer.from(key?.n ?? []).toString('base64url'), members.n);

  const oct = await sdk.keys(POOL).importKey('oct', { kty: 'oct-HSM', k: randomBytes(32) });
  t.is(oct.keyType, 'oct-HSM');
});

test('keys and versions are listed over several pages, and read with and without a version', async (t) => {
  const keys = sdk.keys('https://sdk-lists.vault.azure.net');
  const names = Array.from({ length: 27 }, (_, at) => `key-${String(at).padStart(2, '0')}`);
  for (const name of names) await keys.createEcKey(name);
  for (let version = 0; version < 26; version++) await keys.createEcKey('key-03');
  t.deepEqual(
    (await allOf(keys.listPropertiesOfKeys())).map(({ name }) => name),
    names,
  );
  const versions = await allOf(keys.listPropertiesOfKeyVersions('key-03'));
  t.is(new Set(versions.map(({ version }) => version)).size, 27);
  t.is((await keys.getKey('key-03')).properties.version, versions.at(-1)?.version);
  const version = versions[0]?.version ?? '';
  t.is((await keys.getKey('key-03', { version })).properties.version, version);
  const pages = keys.listPropertiesOfKeys().byPage({ maxPageSize: 10 });
  t.deepEqual(
    (await allOf(pages)).map(({ length }) => length),
    [10, 10, 7],
  );
});

test('update changes operations, state and tags', async (t) => {
  const keys = sdk.keys(VAULT);
  const { properties } = await keys.createRsaKey('updated');
  const updated = await keys.updateKeyProperties('updated', properties.version ?? '', {
    enabled: false,
    tags: { c: 'd' },
    keyOps: ['sign'],
  });
  t.like(updated, { keyOperations: ['sign'], properties: { enabled: false, tags: { c: 'd' } } });
});

test('delete, list and get deleted keys, recover and purge', async (t) => {
  const keys = sdk.keys('https://sdk-deletes.vault.azure.net');
  for (const name of ['one', 'two']) await keys.createEcKey(name);
  const poller = await keys.beginDeleteKey('one', { intervalInMs: 1 });
  const deleted = await poller.pollUntilDone();
  t.is(deleted.properties.recoveryId, 'https://sdk-deletes.vault.azure.net/deletedkeys/one');
  const days = Number(deleted.properties.scheduledPurgeDate) - Number(deleted.properties.deletedOn);
  t.is(days, 90 * 24 * 60 * 60 * 1000);
  await t.throwsAsync(keys.createEcKey('one'), { code: 'Conflict', message: /deleted but recoverable/ } as object);
  await t.throwsAsync(keys.getKey('one'), { code: 'KeyNotFound' } as object);

  await (await keys.beginDeleteKey('two', { intervalInMs: 1 })).pollUntilDone();
  t.deepEqual(
    (await allOf(keys.listDeletedKeys())).map(({ name }) => name),
    ['one', 'two'],
  );
  t.is((await keys.getDeletedKey('two')).name, 'two');
  const recovered = await (await keys.beginRecoverDeletedKey('one', { intervalInMs: 1 })).pollUntilDone();
  t.is(recovered.properties.version, deleted.properties.version);
  await keys.purgeDeletedKey('two');
  t.deepEqual(await allOf(keys.listDeletedKeys()), []);
  await keys.createEcKey('two');
});

test('rotate, and the rotation policy', async (t) => {
  const keys = sdk.keys(VAULT);
  const first = await keys.createEcKey('rotating');
  t.deepEqual((await keys.getKeyRotationPolicy('rotating')).lifetimeActions, [
    { action: 'Notify', timeAfterCreate: undefined, timeBeforeExpiry: 'P30D' },
  ]);
  const policy = await keys.updateKeyRotationPolicy('rotating', {
    lifetimeActions: [{ action: 'Rotate', timeAfterCreate: 'P30D' }],
    expiresIn: 'P90D',
  });
  t.is(policy.expiresIn, 'P90D');
  t.true(policy.createdOn instanceof Date);
  const rotated = await keys.rotateKey('rotating');
  t.not(rotated.properties.version, first.properties.version);
  const lifetime = Number(rotated.properties.expiresOn) - Number(rotated.properties.createdOn);
  t.is(lifetime, 90 * 24 * 60 * 60 * 1000);
});

test('random bytes and the attestation of a Managed HSM', async (t) => {
  const pool = sdk.keys(POOL);
  t.is((await pool.getRandomBytes(48)).length, 48);
  await pool.createRsaKey('attested', { hsm: true });
  const { attestation } = (await pool.getKeyAttestation('attested')).properties;
  t.is(attestation?.version, 'MRVL-1');
  t.regex(Buffer.from(attestation?.certificatePemFile ?? []).toString(), /^-----BEGIN CERTIFICATE-----/);
  t.true((attestation?.privateKeyAttestation?.length ?? 0) > 256);
});

for (const [algorithm, hash, curve] of [
  ['RS256', 'sha256', undefined],
  ['RS384', 'sha384', undefined],
  ['RS512', 'sha512', undefined],
  ['PS256', 'sha256', undefined],
  ['PS384', 'sha384', undefined],
  ['PS512', 'sha512', undefined],
  ['ES256', 'sha256', 'P-256'],
  ['ES256K', 'sha256', 'P-256K'],
  ['ES384', 'sha384', 'P-384'],
  ['ES512', 'sha512', 'P-521'],
] as const) {
  test(`${algorithm} signs and verifies`, async (t) => {
    const keys = sdk.keys(VAULT);
    const { id = '' } =
      curve === undefined ? await keys.createRsaKey(algorithm) : await keys.createEcKey(algorithm, { curve });
    const client = sdk.cryptography(id);
    const digest = createHash(hash).update(randomBytes(40)).digest();
    const { result, keyID } = await client.sign(algorithm as SignatureAlgorithm, digest);
    t.is(keyID, id);
    t.true((await client.verify(algorithm as SignatureAlgorithm, digest, result)).result);
    digest[0] = (digest[0] ?? 0) ^ 1;
    t.false((await client.verify(algorithm as SignatureAlgorithm, digest, result)).result);
  });
}

for (const algorithm of ['RSA1_5', 'RSA-OAEP', 'RSA-OAEP-256'] as const) {
  test(`${algorithm} encrypts, decrypts, wraps and unwraps`, async (t) => {
    const { id = '' } = await sdk.keys(VAULT).createRsaKey(`cipher-${algorithm.replace('_', '-')}`);
    const client = sdk.cryptography(id);
    const plaintext = randomBytes(32);
    const { result: ciphertext } = await client.encrypt({ algorithm, plaintext });
    t.deepEqual(Buffer.from((await client.decrypt({ algorithm, ciphertext })).result), plaintext);
    const { result: wrapped } = await client.wrapKey(algorithm, plaintext);
    t.deepEqual(Buffer.from((await client.unwrapKey(algorithm, wrapped)).result), plaintext);
    await t.throwsAsync(client.decrypt({ algorithm, ciphertext: wrapped.slice(1) }), {
      code: 'BadParameter',
    } as object);
  });
}

for (const bits of [128, 192, 256] as const) {
  test(`AES-${bits} encrypts and decrypts by GCM, CBC and CBCPAD, wraps and unwraps by KW`, async (t) => {
    const { id = '' } = await sdk.keys(POOL).createOctKey(`aes-${bits}`, { hsm: true, keySize: bits });
    const client = sdk.cryptography(id);
    const plaintext = randomBytes(32);
    const gcm = KnownEncryptionAlgorithms[`A${bits}GCM`] as 'A128GCM';
    const additionalAuthenticatedData = randomBytes(5);
    const sealed = await client.encrypt({ algorithm: gcm, plaintext, additionalAuthenticatedData });
    t.deepEqual(
      Buffer.from(
        (
          await client.decrypt({
            algorithm: gcm,
            ciphertext: sealed.result,
            iv: sealed.iv ?? Buffer.alloc(0),
            authenticationTag: sealed.authenticationTag ?? Buffer.alloc(0),
            additionalAuthenticatedData,
          })
        ).result,
      ),
      plaintext,
    );
    for (const mode of ['CBC', 'CBCPAD']) {
      const algorithm = `A${bits}${mode}` as 'A128CBC';
      const { result: ciphertext, iv = Buffer.alloc(0) } = await client.encrypt({
        algorithm,
        plaintext,
        iv: randomBytes(16),
      });
      t.deepEqual(Buffer.from((await client.decrypt({ algorithm, ciphertext, iv })).result), plaintext);
    }
    const { result: wrapped } = await client.wrapKey(`A${bits}KW`, plaintext);
    t.deepEqual(Buffer.from((await client.unwrapKey(`A${bits}KW`, wrapped)).result), plaintext);
  });
}

test('what the emulator does not have is an error that says so, not an answer', async (t) => {
  const keys = sdk.keys(VAULT);
  await keys.createEcKey('missing');
  const refused = { code: 'NotImplemented' } as object;
  await t.throwsAsync(keys.backupKey('missing'), refused);
  await t.throwsAsync(keys.restoreKeyBackup(randomBytes(9)), refused);
  await t.throwsAsync(keys.releaseKey('missing', 'token'), refused);
});

test.after('no error was unforeseen', (t) => {
  t.deepEqual(opened.unforeseen, []);
});

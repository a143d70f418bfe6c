import { randomBytes } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { findHost, type VaultHost } from '../src/hosts.js';
import type { KeyRecord } from '../src/keys/record.js';
import { POLICIES, type PolicyName, STRICT } from '../src/policies.js';
import { readCipherAlgorithm, readSignatureAlgorithm } from '../src/rules/algorithms.js';
import { fromBase64url, fromPaddableBase64url } from '../src/rules/base64url.js';
import { readChangedKeyOps, readKeyOps } from '../src/rules/key-ops.js';
import { Refusal } from '../src/rules/refusal.js';
import { decodeKeyHsm, readTransferBlob } from '../src/rules/transfer-blob.js';
import { cutCiphertext, findKek } from '../src/rules/transfer-kek.js';
import { stateOf } from '../src/rules/use.js';
import { memoryContext } from './support/memory-engine.js';
import { ask } from './support/requests.js';
import { blobFor } from './support/transfer.js';

/** The inner code of a refusal, or `accepted`. */
function verdict(work: () => unknown): string {
  try {
    work();
    return 'accepted';
  } catch (error) {
    if (error instanceof Refusal) return error.details.inner ?? error.details.code;
    throw error;
  }
}

const lenient = (...names: PolicyName[]) => new Set(names);

test('hosts are told apart by name, in any case, and foreign ones are nobody', (t) => {
  t.like(findHost('A-1.VAULT.azure.net'), { role: 'keys', kind: 'vault', host: 'a-1.vault.azure.net' });
  t.like(findHost('p.managedhsm.azure.net'), { role: 'keys', kind: 'managed-hsm' });
  t.like(findHost('login.microsoftonline.com'), { role: 'login' });
  for (const name of [
    '',
    'vault.azure.net',
    '.vault.azure.net',
    '-a.vault.azure.net',
    'a.b.vault.azure.net',
    'a.vault.azure.net.',
    'a.vault.azure.net.evil.com',
    `${'a'.repeat(64)}.vault.azure.net`,
  ]) {
    t.is(findHost(name), null, name);
  }
});

test('base64url has one spelling, and with the policy a padded one more', (t) => {
  t.deepEqual(fromBase64url('_-8'), Buffer.from([0xff, 0xef]));
  for (const text of ['_-8=', '/+8', '_-9', 'a', ' AAAA', 'AA AA']) t.is(fromBase64url(text), null, text);
  t.deepEqual(fromPaddableBase64url('_-8='), Buffer.from([0xff, 0xef]));
  t.deepEqual(fromPaddableBase64url('_w=='), Buffer.from([0xff]));
  for (const text of ['_-8==', '_-8', 'AAAA=', '===='])
    t.is(fromPaddableBase64url(text) === null, text !== '_-8', text);
  fc.assert(
    fc.property(
      fc.uint8Array(),
      (bytes) => fromBase64url(Buffer.from(bytes).toString('base64url'))?.equals(bytes) === true,
    ),
  );
  t.pass();
});

test('operations are those of the type, each once, and all of them when none are named', (t) => {
  t.deepEqual(readKeyOps(undefined, 'EC', false), ['sign', 'verify']);
  t.deepEqual(readKeyOps(undefined, 'oct', false), ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']);
  t.deepEqual(readKeyOps(['verify', 'sign', 'verify'], 'RSA', true), ['verify', 'sign']);
  t.deepEqual(readKeyOps(['import'], 'RSA', true), ['import']);
  t.deepEqual(readKeyOps([], 'RSA', true), []);
  t.throws(() => readKeyOps(['import'], 'RSA', false), { instanceOf: Refusal });
  t.throws(() => readKeyOps(['import', 'sign'], 'RSA', true), { instanceOf: Refusal, message: /excludes all others/ });
});

test('a KEK stays a KEK, and nothing becomes one', (t) => {
  t.deepEqual(readChangedKeyOps(['import'], ['import'], 'RSA'), ['import']);
  t.throws(() => readChangedKeyOps(['sign'], ['import'], 'RSA'), { instanceOf: Refusal });
  t.throws(() => readChangedKeyOps(['import'], ['sign'], 'RSA'), { instanceOf: Refusal });
});

test('a key is valid from nbf on and until before exp', (t) => {
  t.is(stateOf({ enabled: true, nbf: 100, exp: 200 }, 99), 'not-yet-valid');
  t.is(stateOf({ enabled: true, nbf: 100, exp: 200 }, 100), 'usable');
  t.is(stateOf({ enabled: true, nbf: 100, exp: 200 }, 199), 'usable');
  t.is(stateOf({ enabled: true, nbf: 100, exp: 200 }, 200), 'expired');
  t.is(stateOf({ enabled: false, exp: 200 }, 300), 'disabled');
});

test('an algorithm needs a key of its kind and a digest of its length', (t) => {
  const ec = { type: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } as const;
  const rsa = { type: 'RSA', bits: 2048, n: 'AA', e: 'AQAB' } as const;
  const oct = { type: 'oct', bits: 128 } as const;
  t.is(
    verdict(() => readSignatureAlgorithm('ES256', ec, Buffer.alloc(32))),
    'accepted',
  );
  for (const [alg, key, bytes] of [
    ['ES256K', ec, 32],
    ['ES384', ec, 48],
    ['RS256', ec, 32],
    ['ES256', rsa, 32],
    ['RS256', rsa, 31],
    ['RS512', rsa, 32],
    ['RS256', oct, 32],
    ['rs256', rsa, 32],
    ['constructor', rsa, 32],
  ] as const) {
    t.is(
      verdict(() => readSignatureAlgorithm(alg, key, Buffer.alloc(bytes))),
      'BadParameter',
      `${alg} ${key.type}`,
    );
  }
  t.is(
    verdict(() => readCipherAlgorithm('A128KW', oct, 'key')),
    'accepted',
  );
  for (const [alg, key, purpose] of [
    ['A256KW', oct, 'key'],
    ['A128KW', oct, 'data'],
    ['A128GCM', oct, 'key'],
    ['A128GCM', rsa, 'data'],
    ['RSA-OAEP', oct, 'data'],
    ['RSA-OAEP', ec, 'key'],
    ['__proto__', rsa, 'data'],
  ] as const) {
    t.is(
      verdict(() => readCipherAlgorithm(alg, key, purpose)),
      'BadParameter',
      `${alg} ${key.type}`,
    );
  }
});

test('an algorithm that the service has and the emulator has not is not a wrong parameter', (t) => {
  const rsa = { type: 'RSA', bits: 2048, n: 'AQAB', e: 'AQAB' } as const;
  for (const alg of ['RSNULL', 'HS256', 'HS384', 'HS512']) {
    t.is(
      verdict(() => readSignatureAlgorithm(alg, rsa, Buffer.alloc(32))),
      'KeyferryVault.NotImplemented',
    );
  }
  for (const alg of ['CKM_AES_KEY_WRAP', 'CKM_AES_KEY_WRAP_PAD']) {
    t.is(
      verdict(() => readCipherAlgorithm(alg, { type: 'oct', bits: 256 }, 'key')),
      'KeyferryVault.NotImplemented',
    );
  }
});

const kid = `https://v.vault.azure.net/keys/kek/${'a'.repeat(32)}`;
const bytesOf = (blob: unknown) => Buffer.from(JSON.stringify(blob));

test('a blob is read whatever the order of its members', (t) => {
  const blob = blobFor(kid, Buffer.alloc(300, 7));
  const turned = Object.fromEntries(Object.entries(blob).reverse());
  t.deepEqual(readTransferBlob(bytesOf(turned), STRICT), { kid, ciphertext: Buffer.alloc(300, 7) });
});

test('each policy makes one thing pass that is refused without it', async (t) => {
  const context = memoryContext();
  const made = await ask(context, 'POST', 'https://v.vault.azure.net/keys/kek/create', {
    kty: 'RSA-HSM',
    key_ops: ['import'],
  });
  const kek = context.records.newest('v.vault.azure.net', 'kek') as KeyRecord;
  const host = findHost('v.vault.azure.net') as VaultHost;
  const blob = blobFor(made.body.key.kid, Buffer.alloc(301));
  const tried: Record<PolicyName, [inner: string, work: (policies: ReadonlySet<PolicyName>) => unknown]> = {
    'padded-base64url': ['KeyHsmEncoding', (policies) => decodeKeyHsm('eyJ9fQ==', policies)],
    'unversioned-kid': [
      'KidUnversioned',
      (policies) => findKek('https://v.vault.azure.net/keys/kek', host, context.records, policies, context.now()),
    ],
    'extra-members': ['BlobMembers', (policies) => readTransferBlob(bytesOf({ ...blob, more: 1 }), policies)],
    'schema-version-1.0': [
      'BlobSchemaVersion',
      (policies) => readTransferBlob(bytesOf({ ...blob, schema_version: '1.0' }), policies),
    ],
    'short-aes-key': [
      'AesKeySize',
      (policies) => {
        const { aesKeyBytes } = cutCiphertext(Buffer.alloc(256 + 24), kek, 'EC', policies);
        if (!aesKeyBytes.includes(16))
          throw new Refusal({ status: 400, code: 'BadParameter', message: '', inner: 'KeyferryVault.AesKeySize' });
      },
    ],
    'other-public-exponent': [
      'TargetExponent',
      (policies) => {
        const { exponents } = cutCiphertext(Buffer.alloc(256 + 24), kek, 'RSA', policies);
        if (exponents === 'usual')
          throw new Refusal({ status: 400, code: 'BadParameter', message: '', inner: 'KeyferryVault.TargetExponent' });
      },
    ],
  };
  t.deepEqual(Object.keys(tried).sort(), Object.keys(POLICIES).sort());
  for (const [name, [inner, work]] of Object.entries(tried)) {
    t.is(
      verdict(() => work(STRICT)),
      `KeyferryVault.${inner}`,
      name,
    );
    t.is(
      verdict(() => work(lenient(name as PolicyName))),
      'accepted',
      name,
    );
  }
});

test('any bytes as a blob are read or refused with a code of their own', (t) => {
  const near = fc.tuple(fc.nat(400), fc.nat(255)).map(([at, byte]) => {
    const bytes = bytesOf(blobFor(kid, randomBytes(300)));
    bytes[at % bytes.length] = byte;
    return bytes;
  });
  fc.assert(
    fc.property(
      fc.oneof(
        near,
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        fc.json().map((json) => Buffer.from(json)),
      ),
      (bytes) => /^(accepted|KeyferryVault\.(Blob|Kid)[A-Za-z]+)$/.test(verdict(() => readTransferBlob(bytes, STRICT))),
    ),
  );
  t.pass();
});

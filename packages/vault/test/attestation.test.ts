import { createHash, createPublicKey, verify, X509Certificate } from 'node:crypto';
import test from 'ava';
import { wholeFile } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { blobFor, keyHsm, plaintextOf, wrapFor } from './support/transfer.js';
import { openTestVault, type TestVault } from './support/vault.js';

const POOL = 'https://attested.managedhsm.azure.net';

let opened: TestVault;
test.before(async () => {
  opened = await openTestVault(wholeFile);
});
test.after.always(() => opened.vault.close());

const call = (method: string, url: string, body?: unknown) => opened.client.call(method, url, body);

interface Parsed {
  readonly certificates: readonly X509Certificate[];
  readonly signed: Buffer;
  readonly signature: Buffer;
  /** By attribute number. */
  readonly objects: readonly Map<number, Buffer>[];
}

/** A reader of its own, by the published layout: header, info, objects, signature. */
function parse(pem: string, blob: string): Parsed {
  const text = Buffer.from(pem, 'base64url').toString();
  const certificates = (text.match(/-----BEGIN.+?END CERTIFICATE-----/gs) ?? []).map((one) => new X509Certificate(one));
  const bytes = Buffer.from(blob, 'base64url');
  const total = bytes.readUInt32BE(8);
  const start = total - (bytes.readUInt32BE(12) + 256);
  if (total !== bytes.length) throw new Error(`${total} bytes are named, ${bytes.length} are there`);
  const offsets = [bytes.readUInt16BE(start + 4), bytes.readUInt16BE(start + 6)].filter((offset) => offset !== 0);
  const objects = offsets.map((offset) => {
    const attributes = new Map<number, Buffer>();
    let at = start + offset + 12;
    for (let left = bytes.readUInt32BE(start + offset + 4); left > 0; left--) {
      const length = bytes.readUInt32BE(at + 4);
      attributes.set(bytes.readUInt32BE(at), bytes.subarray(at + 8, at + 8 + length));
      at += 8 + length;
    }
    if (at - start - offset !== bytes.readUInt32BE(start + offset + 8))
      throw new Error('the size of an object is wrong');
    return attributes;
  });
  return { certificates, signed: bytes.subarray(0, -256), signature: bytes.subarray(-256), objects };
}

async function attestationOf(url: string) {
  const { status, body } = await call('GET', `${url}/attestation`);
  if (status !== 200) throw new Error(JSON.stringify(body));
  const { attestation } = body.attributes;
  return { body, attestation, parsed: parse(attestation.certificatePemFile, attestation.privateKeyAttestation) };
}

test('the attestation of a KEK binds its kid and modulus, and says that it was born inside and cannot leave', async (t) => {
  const { key } = (
    await call('POST', `${POOL}/keys/kek/create`, { kty: 'RSA-HSM', key_ops: ['import'], key_size: 3072 })
  ).body;
  for (const url of [key.kid, `${POOL}/keys/kek`]) {
    const { body, attestation, parsed } = await attestationOf(url);
    t.deepEqual(body.key, key);
    t.is(attestation.version, 'MRVL-1');
    t.is(attestation.publicKeyAttestation, attestation.privateKeyAttestation);
    const { objects, certificates, signed, signature } = parsed;
    t.true(verify('sha256', signed, certificates[0]?.publicKey ?? '', signature));
    t.is(objects.length, 2);
    const spki = createPublicKey({ format: 'jwk', key: { kty: 'RSA', n: key.n, e: key.e } });
    const digest = createHash('sha256')
      .update(spki.export({ format: 'der', type: 'spki' }))
      .digest('hex');
    objects.forEach((object, index) => {
      t.is(object.get(0x0102)?.toString(), key.kid);
      t.is(object.get(0x0120)?.toString('base64url'), key.n);
      t.is(object.get(0x0122)?.toString('base64url'), key.e);
      t.is(object.get(0x1003)?.toString('hex'), digest);
      t.is(object.get(0x0000)?.toString('hex'), index === 0 ? '02' : '03');
      t.regex(object.get(0x0003)?.toString() ?? '', /SYNTHETIC/);
    });
    const flags = [0x0103, 0x0162, 0x0163, 0x0164].map((type) => objects[1]?.get(type)?.[0]);
    t.deepEqual(flags, [1, 0, 1, 1], 'sensitive, not extractable, local, never extractable');
  }
});

test('the attestation of an imported key does not say that it was born inside', async (t) => {
  const kek = (await call('POST', `${POOL}/keys/kek2/create`, { kty: 'RSA-HSM', key_ops: ['import'] })).body.key;
  const key_hsm = keyHsm(blobFor(kek.kid, wrapFor(kek, plaintextOf(practiceKey('ec-p384')))));
  const { kid, x, y } = (await call('PUT', `${POOL}/keys/ec`, { key: { kty: 'EC-HSM', crv: 'P-384', key_hsm } })).body
    .key;
  const { parsed } = await attestationOf(kid);
  const [, own] = parsed.objects;
  t.deepEqual(
    [0x0103, 0x0162, 0x0163, 0x0164].map((type) => own?.get(type)?.[0]),
    [1, 0, 0, 0],
  );
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  t.deepEqual(own?.get(0x0120), point);
});

test('a symmetric key is attested by one object, without a public part', async (t) => {
  const { kid } = (await call('POST', `${POOL}/keys/oct/create`, { kty: 'oct-HSM', key_size: 192 })).body.key;
  const { attestation, parsed } = await attestationOf(kid);
  t.is(attestation.publicKeyAttestation, null);
  t.deepEqual(
    parsed.objects.map((object) => [object.get(0x0000)?.[0], object.get(0x0100)?.[0], object.get(0x0161)?.[0]]),
    [[4, 0x1f, 24]],
  );
});

test('the chain is valid, and nobody can take it for that of an HSM', async (t) => {
  const { kid } = (await call('POST', `${POOL}/keys/chain/create`, { kty: 'EC-HSM' })).body.key;
  const { certificates } = (await attestationOf(kid)).parsed;
  const [signer, root, ...others] = certificates;
  if (signer === undefined || root === undefined) return t.fail('two certificates are missing');
  t.is(others.length, 0);
  t.true(signer.verify(root.publicKey) && signer.checkIssued(root));
  t.true(root.verify(root.publicKey) && root.ca && !signer.ca);
  t.is(signer.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
  for (const { subject, issuer, validTo } of certificates) {
    t.regex(subject, /^CN=SYNTHETIC keyferry-vault .* \(no HSM - test only\)$/);
    t.regex(issuer, /^CN=SYNTHETIC/);
    t.true(new Date(validTo).getTime() < Date.now() + 31 * 24 * 60 * 60 * 1000);
  }
});

test('a deleted key and a version that is not there are not attested', async (t) => {
  await call('POST', `${POOL}/keys/gone/create`, { kty: 'EC-HSM' });
  t.is((await call('GET', `${POOL}/keys/gone/${'0'.repeat(32)}/attestation`)).status, 404);
  await call('DELETE', `${POOL}/keys/gone`);
  t.is((await call('GET', `${POOL}/keys/gone/attestation`)).status, 404);
});

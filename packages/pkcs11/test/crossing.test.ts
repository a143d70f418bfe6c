import { createHash, createPublicKey, verify } from 'node:crypto';
import test from 'ava';
import { PRACTICE_KEYS, type PracticeKeyName, practiceKey } from '../../../test/support/practice-keys.js';
import { provision } from '../../../test/support/provision.js';
import { type Attributes, CKG, CKM, curveOfEcParams, type Mechanism, type ObjectHandle } from '../src/index.js';
import { objectsOf, ownSession } from './own-token.js';

const OAEP: Mechanism = {
  type: CKM.RSA_PKCS_OAEP,
  parameter: { kind: 'oaep', hash: CKM.SHA_1, mgf: CKG.MGF1_SHA1 },
};
const KWP: Mechanism = { type: CKM.AES_KEY_WRAP_PAD };
const KEKS = ['kek-2048', 'kek-3072', 'kek-4096'] as const;
const TARGETS = PRACTICE_KEYS.filter((name) => !name.startsWith('kek-'));
const EPHEMERAL: Attributes = { token: false, private: true, sensitive: true, extractable: true, wrap: true };
const ARRIVED: Attributes = { token: false, private: true, sensitive: true, extractable: false };

function kindOf(name: PracticeKeyName): Attributes {
  if (name.startsWith('aes-')) return { class: 'secret-key', keyType: 'AES', encrypt: true };
  return { class: 'private-key', keyType: name.startsWith('rsa-') ? 'RSA' : 'EC', sign: true };
}

for (const kekName of KEKS) {
  test(`every kind of key goes from one token into another under a ${kekName}`, async (t) => {
    const source = ownSession();
    const destination = ownSession();
    const vaultKek = provision(destination, kekName, { label: 'kek', id: Buffer.of(1), extractable: false });
    const { modulus, publicExponent } = publicPartOf(vaultKek.publicKey);
    const before = objectsOf(source);

    for (const name of TARGETS) {
      const target = provision(source, name, { label: name, id: Buffer.of(2) });
      const [wrappedAes, wrappedTarget] = await source.temporary(async (own) => {
        const kek = own(
          source.create({ class: 'public-key', keyType: 'RSA', token: false, wrap: true, modulus, publicExponent }),
        );
        t.deepEqual(source.read(kek, 'modulus'), modulus);
        const aes = own(await source.generateKey({ type: CKM.AES_KEY_GEN }, { ...EPHEMERAL, valueLen: 32 }));
        return [await source.wrapKey(OAEP, kek, aes), await source.wrapKey(KWP, aes, target.key)];
      });
      t.is(wrappedAes.length, modulus.length);
      t.is(wrappedTarget.length % 8, 0);

      const aes = await destination.unwrapKey(OAEP, vaultKek.key, wrappedAes, {
        ...ARRIVED,
        class: 'secret-key',
        keyType: 'AES',
        unwrap: true,
      });
      const arrived = await destination.unwrapKey(KWP, aes, wrappedTarget, { ...ARRIVED, ...kindOf(name) });
      t.false(destination.read(arrived, 'extractable'));
      await isSameKey(name, arrived);
      source.destroy(target.key);
      if (target.publicKey !== null) source.destroy(target.publicKey);
      t.deepEqual(objectsOf(source), before);
    }

    function publicPartOf(object: ObjectHandle | null) {
      const part = { modulus: object && destination.read(object, 'modulus'), publicExponent: Buffer.of(1, 0, 1) };
      if (part.modulus === null) throw new Error('the KEK has no public object');
      return { ...part, modulus: part.modulus };
    }

    async function isSameKey(name: PracticeKeyName, arrived: ObjectHandle) {
      const data = Buffer.alloc(32, 'x');
      if (name.startsWith('aes-')) {
        const kept = provision(destination, name, { label: name, id: Buffer.of(3) }).key;
        const encrypt = (key: ObjectHandle) => destination.encrypt({ type: CKM.AES_ECB }, key, data);
        t.deepEqual(await encrypt(arrived), await encrypt(kept));
        return;
      }
      const key = createPublicKey(practiceKey(name));
      if (name.startsWith('rsa-')) {
        t.true(verify('sha256', data, key, await destination.sign({ type: CKM.SHA256_RSA_PKCS }, arrived, data)));
        return;
      }
      const ecParams = destination.read(arrived, 'ecParams');
      t.is(ecParams && curveOfEcParams(ecParams)?.replace('-', '').toLowerCase(), name.slice('ec-'.length));
      const digest = createHash('sha256').update(data).digest();
      const signature = await destination.sign({ type: CKM.ECDSA }, arrived, digest);
      t.true(verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature));
    }
  });
}

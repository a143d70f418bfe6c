import { constants, publicEncrypt } from 'node:crypto';
import type { CryptographyClient, KeyVaultKey } from '@azure/keyvault-keys';
import { seededRandom } from '../../making/wrong-blob.js';
import { attempt } from '../attempt.js';
import { publicKeyOf } from '../blobs.js';
import type { CaseTable, ImporterCase, Scene } from '../importer-case.js';
import { finding, judged, refused } from '../judging.js';

const CLAUSE = 'Azure BYOK specification, key exchange key';
const WHY_EXCLUSIVE =
  'A KEK that could decrypt, unwrap or sign as well would give the target key, or what stands for it, to whoever may use ' +
  'the KEK: import must be all that it can do.';

/** Refused by what the key may do, which the service says with 403; no blob is judged here. */
const FORBIDDEN = [403];

type Use = (service: CryptographyClient, input: { digest: Uint8Array; ciphertext: Uint8Array }) => Promise<unknown>;

const USES: Readonly<Record<string, Use>> = {
  encrypt: (service, { digest }) => service.encrypt({ algorithm: 'RSA-OAEP', plaintext: digest }),
  decrypt: (service, { ciphertext }) => service.decrypt({ algorithm: 'RSA-OAEP', ciphertext }),
  sign: (service, { digest }) => service.sign('RS256', digest),
  verify: (service, { digest, ciphertext }) => service.verify('RS256', digest, ciphertext),
  'wrap-key': (service, { digest }) => service.wrapKey('RSA-OAEP', digest),
  'unwrap-key': (service, { ciphertext }) => service.unwrapKey('RSA-OAEP', ciphertext),
};

/** What a KEK is, and that it serves for nothing but imports. */
export const KEK_CASES: CaseTable = {
  'importer/kek/shown': {
    title: 'a new KEK is shown as an RSA key of the HSM, of the size asked for, for import alone',
    level: 'must',
    clause: CLAUSE,
    why: 'The air-gapped side decides by what is shown whether it may wrap a key under this KEK.',
    async run({ keks }) {
      const { shown, bytes, e } = await keks.get(2048);
      const wanted = 'RSA-HSM of 2048 bits, exponent 65537, key_ops import';
      const actual = `${shown.keyType} of ${bytes * 8} bits, exponent ${e}, key_ops ${(shown.keyOperations ?? []).join(', ')}`;
      return judged([finding('kek-shown', { holds: actual === wanted, clause: CLAUSE, expected: wanted, actual })]);
    },
  },
  'importer/kek/create-with-others': withoutKek(
    'a key for import and other operations cannot be created',
    'a key with key_ops import and wrapKey',
    ({ endpoint, nameOf }) =>
      endpoint.createRsa(nameOf('kek-others'), { hsm: true, keySize: 2048, keyOps: ['import', 'wrapKey'] }),
  ),
  'importer/kek/software': withoutKek(
    'a KEK in software cannot be created',
    'a software key with key_ops import',
    ({ endpoint, nameOf }) =>
      endpoint.createRsa(nameOf('kek-software'), { hsm: false, keySize: 2048, keyOps: ['import'] }),
  ),
  'importer/kek/add-operation': withoutKek(
    'a KEK gets no further operation afterwards',
    'a change of key_ops to import and unwrapKey',
    async ({ endpoint, keks }) => {
      const { name, version } = await keks.get(2048);
      return endpoint.update(name, version, { keyOps: ['import', 'unwrapKey'] });
    },
  ),
  ...Object.fromEntries(Object.keys(USES).map((word) => [`importer/kek/use/${word}`, useCase(word)])),
};

function withoutKek(title: string, what: string, work: (scene: Scene) => Promise<KeyVaultKey>): ImporterCase {
  return {
    title,
    level: 'must',
    clause: CLAUSE,
    why: WHY_EXCLUSIVE,
    async run(scene) {
      const tried = await attempt(() => work(scene));
      return judged(refused(tried, { clause: CLAUSE, what, also: FORBIDDEN }));
    },
  };
}

function useCase(word: string): ImporterCase {
  return {
    title: `the KEK cannot be used to ${word.replace('-key', ' a key')}`,
    level: 'must',
    clause: CLAUSE,
    why: WHY_EXCLUSIVE,
    async run({ endpoint, keks, seed }) {
      const kek = await keks.get(2048);
      const digest = seededRandom(String(seed))('digest', 32);
      const key = { key: publicKeyOf(kek), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
      const ciphertext = publicEncrypt(key, digest);
      const tried = await attempt(() =>
        endpoint.use(kek.shown, (service) => USES[word]?.(service, { digest, ciphertext }) ?? Promise.resolve()),
      );
      return judged(refused(tried, { clause: CLAUSE, what: `the operation ${word}`, also: FORBIDDEN }));
    },
  };
}

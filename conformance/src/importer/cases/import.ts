import type { KeyVaultKey } from '@azure/keyvault-keys';
import type { TargetName } from '../../making/wrong-blob.js';
import type { SuiteFinding, Verdict } from '../../suite/verdict.js';
import { type Attempt, attempt } from '../attempt.js';
import { rightBlob } from '../blobs.js';
import type { Wanted } from '../endpoint.js';
import type { CaseTable, Scene } from '../importer-case.js';
import { finding, judged, noVersionLeft, refused } from '../judging.js';
import { requestFor } from '../targets.js';

const CLAUSE = 'Key Vault REST API, Import Key';
const BYOK = 'Azure BYOK specification, import';
const FORBIDDEN = [403];
/** Members of a JSON Web Key that are private (RFC 7518 sections 6.2.2, 6.3.2, 6.4), and the blob itself. */
const PRIVATE = ['d', 'dp', 'dq', 'qi', 'p', 'q', 'k', 't'] as const;

/** What goes with the blob in the request, and what the key may do afterwards. */
export const IMPORT_CASES: CaseTable = {
  'importer/import/key-ops': {
    title: 'the key may do what the request names, and nothing else',
    level: 'must',
    clause: CLAUSE,
    why: 'Whoever imports a signing key relies on it that it decrypts nothing.',
    async run(scene) {
      const imported = await importOf(scene, 'key-ops', 'rsa-2048', { keyOps: ['sign'] });
      return judgedImport(imported, async (key) => {
        const shown = (key.keyOperations ?? []).join(', ');
        const { endpoint } = scene;
        const digest = new Uint8Array(32);
        const signed = await attempt(() => endpoint.use(key, (service) => service.sign('RS256', digest)));
        const encrypted = await attempt(() =>
          endpoint.use(key, (service) => service.encrypt({ algorithm: 'RSA-OAEP', plaintext: digest })),
        );
        return [
          finding('key-ops', {
            holds: shown === 'sign',
            clause: CLAUSE,
            expected: 'key_ops sign',
            actual: `key_ops ${shown}`,
          }),
          finding('does-what-is-named', {
            holds: signed.done,
            clause: CLAUSE,
            expected: 'the key signs',
            actual: signed.done ? 'it signs' : signed.refusal.text,
          }),
          ...refused(encrypted, { clause: CLAUSE, what: 'an encryption', also: FORBIDDEN }),
        ];
      });
    },
  },
  'importer/import/attributes': {
    title: 'the key has the dates that the request names, and is disabled when it says so',
    level: 'must',
    clause: CLAUSE,
    why: 'Importers import disabled, compare, and enable: the key must not work before that.',
    async run(scene) {
      const [notBefore, expiresOn] = [-1, 1].map((days) => wholeSeconds(Date.now() + days * 86_400_000)) as [
        Date,
        Date,
      ];
      const imported = await importOf(scene, 'attributes', 'ec-p256', { enabled: false, notBefore, expiresOn });
      return judgedImport(imported, async (key) => {
        const { enabled, notBefore: begins, expiresOn: ends } = key.properties;
        const text = (on: unknown, from?: Date, to?: Date) =>
          `enabled ${on}, ${from?.toISOString()} to ${to?.toISOString()}`;
        const [expected, actual] = [text(false, notBefore, expiresOn), text(enabled, begins, ends)];
        const signed = await attempt(() =>
          scene.endpoint.use(key, (service) => service.sign('ES256', new Uint8Array(32))),
        );
        return [
          finding('attributes', { holds: expected === actual, clause: CLAUSE, expected, actual }),
          ...refused(signed, { clause: CLAUSE, what: 'a signature by the disabled key', also: FORBIDDEN }),
        ];
      });
    },
  },
  'importer/import/no-private-members': {
    title: 'no answer shows a private member of the key, and it cannot be exported',
    level: 'must',
    clause: 'RFC 7518 sections 6.2.2 and 6.3.2',
    why: 'The transfer keeps the key inside HSMs from end to end. One answer with a private member undoes all of it.',
    async run(scene) {
      const { endpoint } = scene;
      const imports = [
        await importOf(scene, 'private-rsa', 'rsa-2048'),
        await importOf(scene, 'private-ec', 'ec-p256'),
      ];
      const shown: KeyVaultKey[] = [];
      for (const imported of imports) {
        if (!imported.done) return notImported(imported.refusal.text);
        const { name, properties } = imported.value;
        const change = { tags: { suite: 'keyferry-conformance' } };
        shown.push(
          imported.value,
          await endpoint.get(name),
          await endpoint.update(name, properties.version ?? '', change),
        );
      }
      const members = PRIVATE.filter((member) => shown.some(({ key }) => key?.[member] !== undefined));
      const exportable = shown.some(
        ({ properties, keyOperations }) => properties.exportable === true || keyOperations?.includes('export'),
      );
      return judged([
        finding('no-private-members', {
          holds: members.length === 0,
          clause: 'RFC 7518 sections 6.2.2 and 6.3.2',
          expected: `none of ${PRIVATE.join(', ')} in ${shown.length} answers`,
          actual: members.length === 0 ? 'none' : members.join(', '),
        }),
        finding('not-exportable', {
          holds: !exportable,
          clause: CLAUSE,
          expected: 'a key that is not exportable, since nobody asked for that',
          actual: exportable ? 'it is exportable' : 'it is not',
        }),
      ]);
    },
  },
  'importer/import/software-kty': {
    title: 'a blob never becomes a software key, whatever kty the request names',
    level: 'must',
    clause: BYOK,
    why: 'What left an HSM in a blob would lie in a server process. To refuse the request is as good as to make an HSM key.',
    async run(scene) {
      const tried = await importOf(scene, 'software-kty', 'rsa-2048', { kty: 'RSA' });
      const actual = tried.done ? `a key of type ${tried.value.keyType}` : tried.refusal.text;
      const holds = !tried.done || tried.value.keyType === 'RSA-HSM';
      const expected = 'a refusal, or a key of type RSA-HSM';
      return judged([finding('no-software-key', { holds, clause: BYOK, expected, actual })]);
    },
  },
  'importer/import/other-type': mismatch('an EC key is sent as an RSA key', 'ec-p256', {
    kty: 'RSA-HSM',
    keyOps: ['sign'],
  }),
  'importer/import/other-curve': mismatch('a key on P-256 is sent as one on P-384', 'ec-p256', {
    kty: 'EC-HSM',
    crv: 'P-384',
    keyOps: ['sign'],
  }),
  'importer/import/ec-operation': mismatch('an EC key is to decrypt', 'ec-p256', {
    kty: 'EC-HSM',
    crv: 'P-256',
    keyOps: ['sign', 'decrypt'],
  }),
  'importer/import/imported-kek': mismatch('an imported key is to be a KEK', 'rsa-2048', {
    kty: 'RSA-HSM',
    keyOps: ['import'],
  }),
  'importer/import/aes-to-key-vault': {
    title: 'refused: an AES key is sent to a Key Vault',
    level: 'must',
    clause: 'Azure BYOK specification, supported key types',
    why: 'Only a Managed HSM holds AES keys.',
    async run(scene) {
      if (scene.endpoint.kind === 'managed-hsm') {
        return { kind: 'not-applicable', reason: 'this is a Managed HSM, which takes AES keys' };
      }
      return refusedImport(scene, 'aes-to-key-vault', 'aes-256', {});
    },
  },
  'importer/import/existing-name': {
    title: 'a wrong blob for a name that exists leaves its version as it is; a right one makes a new version',
    level: 'must',
    clause: CLAUSE,
    why: 'Whoever uses the name without a version gets the newest one: a failed import must not change what that is.',
    async run(scene) {
      const { endpoint, nameOf } = scene;
      const first = await importOf(scene, 'existing', 'ec-p256');
      if (!first.done) return notImported(first.refusal.text);
      const name = nameOf('import-existing');
      const before = await endpoint.versions(name);
      const wrong = await attempt(() =>
        endpoint.importBlob(name, Buffer.from('{}'), { kty: 'EC-HSM', crv: 'P-256', keyOps: ['sign'] }),
      );
      const left = await noVersionLeft(endpoint, name, before, CLAUSE);
      const second = await importOf(scene, 'existing', 'ec-p384');
      const after = await endpoint.versions(name);
      return judged([
        ...refused(wrong, { clause: CLAUSE, what: 'the blob {}' }),
        left,
        finding('new-version', {
          holds: second.done && after.length === 2,
          clause: CLAUSE,
          expected: 'two versions after the second right import',
          actual: second.done ? `${after.length}` : second.refusal.text,
        }),
      ]);
    },
  },
};

function mismatch(what: string, target: TargetName, wanted: Wanted) {
  return {
    title: `refused: ${what}`,
    level: 'must',
    clause: CLAUSE,
    why: 'The request says what the key is and what it is for. Where that does not fit the blob, somebody is mistaken.',
    run: (scene: Scene) => refusedImport(scene, what, target, wanted),
  } as const;
}

async function refusedImport(
  scene: Scene,
  words: string,
  target: TargetName,
  wanted: Partial<Wanted>,
): Promise<Verdict> {
  const tried = await importOf(scene, words, target, wanted);
  const findings = refused(tried, { clause: CLAUSE, what: 'the import' });
  if (tried.done) return judged(findings);
  return judged([...findings, await noVersionLeft(scene.endpoint, scene.nameOf(`import-${words}`), [], CLAUSE)]);
}

/** A right blob of a target under the KEK of the run, with a request that differs from the usual one. */
async function importOf(
  { endpoint, keks, targets, seed, nameOf }: Scene,
  words: string,
  target: TargetName,
  wanted: Partial<Wanted> = {},
): Promise<Attempt<KeyVaultKey>> {
  const blob = await rightBlob({ kek: await keks.get(2048), targets, seed }, target);
  return attempt(() => endpoint.importBlob(nameOf(`import-${words}`), blob, { ...requestFor(target), ...wanted }));
}

async function judgedImport(
  imported: Attempt<KeyVaultKey>,
  judge: (key: KeyVaultKey) => Promise<SuiteFinding[]>,
): Promise<Verdict> {
  return imported.done ? judged(await judge(imported.value)) : notImported(imported.refusal.text);
}

/** The blob is a right one: whoever refuses it fails here too. */
function notImported(actual: string): Verdict {
  return judged([finding('accepted', { holds: false, clause: BYOK, expected: 'the blob is accepted', actual })]);
}

function wholeSeconds(milliseconds: number): Date {
  return new Date(Math.floor(milliseconds / 1000) * 1000);
}

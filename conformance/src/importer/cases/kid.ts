import { attempt } from '../attempt.js';
import { rightBlob } from '../blobs.js';
import type { CaseTable, ImporterCase, Scene } from '../importer-case.js';
import { finding, judged, noVersionLeft, refused } from '../judging.js';
import { createKek, kekOf, type RunKek } from '../keks.js';
import { sameKey } from '../same-key.js';
import { requestFor } from '../targets.js';

const CLAUSE = 'Azure BYOK specification, key exchange key';
const TARGET = 'ec-p256';
const WANTED = requestFor(TARGET);

/** What a blob is wrapped under, and which KEK it names. */
interface Named {
  readonly kek: RunKek;
  readonly kid?: string;
}

/** Which KEK opens a blob: the one that its kid names, if it is there, usable and a KEK; no other one. */
export const KID_CASES: CaseTable = {
  'importer/kid/other-kek': refusedBecause(
    'the kid names another KEK of the vault than the one that wraps the key',
    'The kid decides. A service that tries its other KEKs lets a blob in that nobody meant for this one.',
    async (scene) => ({ kek: await scene.keks.get(2048), kid: (await ownKek(scene, 'other')).kid }),
  ),
  'importer/kid/other-version': refusedBecause(
    'the kid names another version of the KEK than the one that wraps the key',
    'Versions of one name are different keys; what was retired with the old version must not open under the new one.',
    async (scene) => {
      const kek = await ownKek(scene, 'versions');
      return { kek, kid: (await createKek(scene.endpoint, kek.name)).kid };
    },
  ),
  'importer/kid/older-version': {
    title: 'a blob for an older version of the KEK is imported while that version is there and enabled',
    level: 'must',
    clause: CLAUSE,
    why: 'The kid names the version. A KEK that was renewed meanwhile must not make blobs useless that are on their way.',
    async run(scene) {
      const { endpoint, targets, seed, nameOf } = scene;
      const kek = await ownKek(scene, 'older');
      await createKek(endpoint, kek.name);
      const blob = await rightBlob({ kek, targets, seed }, TARGET);
      const imported = await attempt(() => endpoint.importBlob(nameOf('kid-older-version'), blob, WANTED));
      const actual = imported.done ? 'it was accepted' : imported.refusal.text;
      const accepted = { holds: imported.done, clause: CLAUSE, expected: 'the blob is accepted', actual };
      if (!imported.done) return judged([finding('accepted', accepted)]);
      const same = await sameKey(endpoint, imported.value, TARGET, await targets.key(TARGET), seed);
      return judged([finding('accepted', accepted), ...same]);
    },
  },
  'importer/kid/unknown-version': refusedBecause(
    'the kid names a version that does not exist',
    'No other version may stand in for it.',
    async ({ keks }) => {
      const kek = await keks.get(2048);
      return { kek, kid: kek.kid.replace(/[^/]+$/, [...kek.version].reverse().join('')) };
    },
  ),
  'importer/kid/unknown-name': refusedBecause(
    'the kid names a key that does not exist',
    'No other key may stand in for it.',
    async ({ keks }) => {
      const kek = await keks.get(2048);
      return { kek, kid: kek.kid.replace(kek.name, `${kek.name}-none`) };
    },
  ),
  'importer/kid/other-vault': refusedBecause(
    'the kid names a KEK of another vault',
    'A KEK serves its own vault. The same name and version in another vault is another key.',
    async ({ keks }) => {
      const kek = await keks.get(2048);
      return { kek, kid: kek.kid.replace('https://', 'https://another-') };
    },
  ),
  'importer/kid/no-kek': refusedBecause(
    'the kid names a key that is no KEK',
    'A key that may decrypt shows its user the AES key in the blob, and so the target key: only a key for import alone may open one.',
    async ({ endpoint, nameOf }) => ({
      kek: kekOf(
        await endpoint.createRsa(nameOf('no-kek'), { hsm: true, keySize: 2048, keyOps: ['decrypt', 'unwrapKey'] }),
      ),
    }),
  ),
  'importer/kid/disabled': refusedBecause(
    'the KEK is disabled',
    'To disable a KEK is how it is retired: an old blob must not come in afterwards.',
    async ({ endpoint, nameOf }) => ({ kek: await createKek(endpoint, nameOf('kek-disabled'), { enabled: false }) }),
  ),
  'importer/kid/expired': refusedBecause(
    'the KEK has expired',
    'KEKs are made for hours or days, so that a blob that was copied on the way is soon of no use.',
    async (scene) => {
      const kek = await ownKek(scene, 'expired');
      const expiresOn = new Date(Date.now() - 3_600_000);
      await scene.endpoint.update(kek.name, kek.version, { expiresOn });
      return { kek };
    },
  ),
  'importer/kid/not-yet-valid': refusedBecause(
    'the KEK is not valid yet',
    'The dates of a key bind the service, too.',
    async ({ endpoint, nameOf }) => ({
      kek: await createKek(endpoint, nameOf('kek-later'), { notBefore: new Date(Date.now() + 86_400_000) }),
    }),
  ),
  'importer/kid/deleted': refusedBecause(
    'the KEK is deleted',
    'A deleted key can be recovered for a while, and must do nothing until then.',
    async (scene) => {
      const kek = await ownKek(scene, 'deleted');
      await scene.endpoint.delete(kek.name);
      return { kek };
    },
  ),
};

/** A KEK that no other case uses. */
function ownKek({ endpoint, nameOf }: Scene, words: string): Promise<RunKek> {
  return createKek(endpoint, nameOf(`kek-${words}`));
}

/** Whatever the service says of the state of a key is in order, but not that nobody is logged in, or that there is too much. */
const STATE_OF_A_KEY = [403, 404];

function refusedBecause(title: string, why: string, named: (scene: Scene) => Promise<Named>): ImporterCase {
  return {
    title: `refused: ${title}`,
    level: 'must',
    clause: CLAUSE,
    why,
    async run(scene) {
      const { endpoint, targets, seed, nameOf } = scene;
      const plan = await attempt(() => named(scene));
      if (!plan.done) return { kind: 'skipped', reason: `the KEK could not be made so: ${plan.refusal.text}` };
      const blob = await rightBlob({ ...plan.value, targets, seed }, TARGET);
      const name = nameOf(`kid-${title.replaceAll(/[^a-z]+/g, '-')}`);
      const tried = await attempt(() => endpoint.importBlob(name, blob, WANTED));
      const findings = refused(tried, { clause: CLAUSE, what: 'the blob', also: STATE_OF_A_KEY });
      return judged(tried.done ? findings : [...findings, await noVersionLeft(endpoint, name, [], CLAUSE)]);
    },
  };
}

import type { TargetName } from '../../making/wrong-blob.js';
import { attempt } from '../attempt.js';
import { rightBlob } from '../blobs.js';
import type { CaseTable, ImporterCase } from '../importer-case.js';
import { finding, judged } from '../judging.js';
import { KEK_SIZES, type KekSize } from '../keks.js';
import { sameKey } from '../same-key.js';
import { requestFor, TARGET_NAMES, TARGETS } from '../targets.js';

const CLAUSE = 'Azure BYOK specification, supported key types';

/** A right blob of each type of key under a KEK of each size. */
export const ACCEPT_CASES: CaseTable = Object.fromEntries(
  KEK_SIZES.flatMap((size) =>
    TARGET_NAMES.map((target) => [`importer/accept/kek-${size}/${target}`, acceptCase(size, target)]),
  ),
);

function acceptCase(size: KekSize, target: TargetName): ImporterCase {
  const { title, kty } = TARGETS[target];
  return {
    title: `a right blob of ${title} under a KEK of ${size} bits is imported, and is the key`,
    level: 'must',
    clause: CLAUSE,
    why:
      'An importer that refuses what the specification describes is of no use, and one that answers with another key is ' +
      'worse. The public part is compared, and the service does something that only this key can do.',
    cell: { kek: `RSA-${size}`, target: title },
    async run({ endpoint, keks, targets, seed, nameOf }) {
      if (kty === 'oct-HSM' && endpoint.kind === 'vault') {
        return { kind: 'not-applicable', reason: 'AES keys go to a Managed HSM, and this is a Key Vault' };
      }
      const name = nameOf(`accept-${size}-${target}`);
      const blob = await rightBlob({ kek: await keks.get(size), targets, seed }, target);
      const imported = await attempt(() => endpoint.importBlob(name, blob, requestFor(target)));
      const accepted = finding('accepted', {
        holds: imported.done,
        clause: CLAUSE,
        expected: 'the blob is accepted',
        actual: imported.done ? 'it was accepted' : imported.refusal.text,
      });
      if (!imported.done) return judged([accepted]);
      return judged([accepted, ...(await sameKey(endpoint, imported.value, target, await targets.key(target), seed))]);
    },
  };
}

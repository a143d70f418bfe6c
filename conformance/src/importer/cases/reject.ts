import { CASES } from '../../cases.js';
import { DIAGNOSES } from '../../diagnosis/diagnoses.js';
import { FAULT_IDS, FAULTS, type FaultId } from '../../making/faults.js';
import { makeWrongBlob, type TargetName } from '../../making/wrong-blob.js';
import { CHECKS } from '../../oracle/index.js';
import { attempt } from '../attempt.js';
import { withMaterial } from '../blobs.js';
import type { CaseTable, ImporterCase } from '../importer-case.js';
import { judged, noVersionLeft, refused } from '../judging.js';
import { sameKey } from '../same-key.js';
import { requestFor, TARGETS } from '../targets.js';
import { hiddenFromEmulator, NOBODY_CAN_TELL, ONLY_WRITTEN_OTHERWISE, UNKNOWN } from './reject-knowledge.js';

/** Asked by a case of its own, with a request that fits. */
const ASKED_ELSEWHERE: readonly FaultId[] = ['purpose/aes-for-key-vault'];

/** A blob with one fault, for each fault that can be told from a blob. */
export const REJECT_CASES: CaseTable = Object.fromEntries(
  FAULT_IDS.filter((id) => ![...NOBODY_CAN_TELL, ...ASKED_ELSEWHERE].includes(id)).map((id) => [
    `importer/reject/${id}`,
    rejectCase(id),
  ]),
);

/** How binding it is to refuse the fault, and why. */
function bindingOf(id: FaultId): Pick<ImporterCase, 'level' | 'why'> {
  const { binding, why } = CASES[DIAGNOSES[id].check];
  if (UNKNOWN.includes(id)) {
    return { level: 'may', why: `${why} What the service does with it stands in no document: this case tells.` };
  }
  if (ONLY_WRITTEN_OTHERWISE.includes(id)) {
    return {
      level: 'should',
      why: `${why} The key in it is the right one; an importer that takes it should not be counted on.`,
    };
  }
  return { level: binding, why };
}

function rejectCase(id: FaultId): ImporterCase {
  const { title, check } = DIAGNOSES[id];
  const { clause } = CHECKS[check];
  const { level, why } = bindingOf(id);
  return {
    title: `refused: ${title}`,
    level,
    clause,
    why,
    async run(scene) {
      const { endpoint, keks, targets, seed, nameOf } = scene;
      const kek = await keks.get(2048);
      const hidden = endpoint.emulator ? hiddenFromEmulator(id) : null;
      if (hidden !== null) return { kind: 'not-applicable', reason: `keyferry-vault cannot check ${hidden}` };
      const target = carriedBy(id);
      if (TARGETS[target].kty === 'oct-HSM' && endpoint.kind === 'vault') {
        return { kind: 'not-applicable', reason: 'only a blob of an AES key can be wrong so, and this is a Key Vault' };
      }
      const blob = await withMaterial({ kek, targets, seed }, usedBy(id), (material) =>
        makeWrongBlob(material, FAULTS[id](material)),
      );
      const name = nameOf(`reject-${id}`);
      const tried = await attempt(() => endpoint.importBlob(name, blob, requestFor(target)));
      const findings = refused(tried, { clause, what: 'the blob', otherwise: level === 'must' ? 'fail' : 'warn' });
      if (!tried.done) return judged([...findings, await noVersionLeft(endpoint, name, [], clause)], 'refused');
      const rightInside = level !== 'must' && !OTHER_KEY_INSIDE.includes(id);
      const same = rightInside ? await sameKey(endpoint, tried.value, target, await targets.key(target), seed) : [];
      return judged([...findings, ...same], 'accepted');
    },
  };
}

/** Not the target of the request, but another key made from it. */
const OTHER_KEY_INSIDE: readonly FaultId[] = ['rsa/exponent-unusual', 'halves/oaep-in-pieces'];

/** Faults whose blob does not carry the EC key on P-256, but another one, or is sent as another one. */
const CARRIED: Partial<Record<FaultId, TargetName>> = {
  'base64/stray-bits': 'aes-256',
  'base64/padding': 'aes-256',
  'kwp/rfc3394': 'aes-256',
  'form/pkcs1': 'rsa-2048',
  'form/rsa-public-key': 'rsa-2048',
  'form/xml': 'rsa-2048',
  'halves/oaep-in-pieces': 'rsa-2048',
  'pkcs8/needless-zero': 'rsa-2048',
  'pkcs8/rsa-pss': 'rsa-2048',
  'pkcs8/rsa-oaep': 'rsa-2048',
};

/** The key that the request says to import. */
function carriedBy(id: FaultId): TargetName {
  return CARRIED[id] ?? (id.startsWith('rsa/') ? 'rsa-2048' : 'ec-p256');
}

/** The keys that the blob is made of. */
function usedBy(id: FaultId): readonly TargetName[] {
  if (id === 'rsa/multi-prime') return ['rsa-2048', 'rsa-4096'];
  return ['ec-p256', 'ec-p384', 'ec-secp256k1', 'rsa-2048', 'aes-128', 'aes-256'];
}

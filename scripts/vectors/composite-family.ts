import type { Note } from '../../conformance/src/vectors/format.js';
import { type PracticeKeyName, TARGET_KEYS } from '../../test/support/practice-keys.js';
import { type Diagnosed, diagnosedBlobs, diagnosisNotes } from './diagnosed.js';
import { type Draft, type DraftFile, flipped, hex, invalid, valid } from './draft.js';
import { ciphertextFor, HSM_KID, KEK_SIZES, type KekSize, kekMembers, plaintextOf, targetOf } from './practice.js';

const NOTES: Readonly<Record<string, Note>> = {
  Normal: { bugType: 'BASIC', description: 'A right blob of a practice key.' },
  ModifiedFirstHalf: { bugType: 'AUTH_BYPASS', description: 'A bit of the wrapped AES key is turned.' },
  ModifiedSecondHalf: { bugType: 'AUTH_BYPASS', description: 'A bit of the wrapped target key is turned.' },
  MixedHalves: {
    bugType: 'AUTH_BYPASS',
    description: 'The halves of two right blobs of one key.',
    effect: 'Who checks neither half takes any AES key for the right one.',
  },
};

/** How many tests of a kind: a private operation takes node-forge 45, 130 and 400 ms. */
const AMOUNT = {
  2048: { right: 5, everyFault: 1, changed: true },
  3072: { right: 4, everyFault: 3, changed: false },
  4096: { right: 3, everyFault: 6, changed: false },
} as const;

export function compositeFamily(): DraftFile {
  const groups = KEK_SIZES.flatMap((keySize) => [...practiceGroups(keySize), ...faultGroups(keySize)]);
  const used = [...new Set(groups.flatMap(({ faults }) => faults.map(({ id }) => id)))];
  return {
    schema: 'rsa-aes-key-wrap',
    algorithm: 'RSA_AES_KEY_WRAP',
    header: [
      'Test vectors of whole key transfer blobs, to be opened with the private part of their KEK: RSA-OAEP of an AES-256',
      'key, then the target key by RFC 5649, in the envelope of the Azure BYOK specification. The keys are published: they',
      'protect nothing. `blob` is the text of the file, `msg` what every valid one of the group opens to.',
    ],
    notes: { ...NOTES, ...diagnosisNotes(used) },
    testGroups: groups.map(({ faults, ...group }) => group),
  };
}

type CompositeDraft = Draft & { readonly blob: string };

function practiceGroups(keySize: KekSize) {
  const { right, changed } = AMOUNT[keySize];
  return TARGET_KEYS.map((name) => ({
    ...groupOf(keySize, targetOf(name), plaintextOf(name)),
    tests: [
      ...Array.from({ length: right }, (_, run) =>
        valid(`${name} under a KEK of ${keySize} bits`, 'Normal', blobOf(ciphertextFor(name, keySize, run))),
      ),
      ...(changed ? changedOnes(name, keySize) : []),
    ],
    faults: [],
  }));
}

function changedOnes(name: PracticeKeyName, keySize: KekSize): CompositeDraft[] {
  const [one, other] = [ciphertextFor(name, keySize), ciphertextFor(name, keySize, 1)];
  const kekBytes = keySize / 8;
  const [first, last] = [kekBytes * 8 - 1, one.length * 8 - 1];
  const mixed = Buffer.concat([one.subarray(0, kekBytes), other.subarray(kekBytes)]);
  return [
    invalid('oaep', 'the last bits of the first half', 'ModifiedFirstHalf', blobOf(flipped(one, first))),
    invalid('kwp', 'the first bit of the second half', 'ModifiedSecondHalf', blobOf(flipped(one, first + 1))),
    invalid('kwp', 'the last bit of the second half', 'ModifiedSecondHalf', blobOf(flipped(one, last))),
    invalid('kwp', 'the halves of two blobs', 'MixedHalves', blobOf(mixed)),
  ];
}

/** One group for each key that the blobs carry; envelope, kid and length stand in the family of the envelope. */
function faultGroups(keySize: KekSize) {
  const opened = diagnosedBlobs(keySize).filter(({ stage }) => !['envelope', 'kid', 'length'].includes(stage));
  // What base64 does to the length of a ciphertext decides at which stage a larger KEK shows it.
  const alike = opened.filter(({ id }) => keySize === 2048 || !id.startsWith('base64/'));
  const chosen = alike.filter((_, index) => index % AMOUNT[keySize].everyFault === 0);
  const byTarget = new Map<string, Diagnosed[]>();
  for (const fault of chosen) {
    const key = JSON.stringify(fault.target);
    byTarget.set(key, [...(byTarget.get(key) ?? []), fault]);
  }
  return [...byTarget.values()].map((faults) => ({
    ...groupOf(keySize, faults[0]?.target ?? targetOf('ec-p256'), plaintextOf(faults[0]?.name ?? 'ec-p256')),
    tests: faults.map(({ draft, blob }): CompositeDraft => ({ ...draft, blob: blob.toString() })),
    faults,
  }));
}

function groupOf(keySize: KekSize, target: ReturnType<typeof targetOf>, message: Buffer) {
  return { type: 'KeyTransferBlobOpen', ...kekMembers(keySize), target, msg: hex(message) };
}

function blobOf(ciphertext: Buffer): { blob: string } {
  const blob = {
    schema_version: '1.0.0',
    header: { kid: HSM_KID, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' },
    ciphertext: ciphertext.toString('base64url'),
    generator: 'keyferry vectors; practice keys in software',
  };
  return { blob: JSON.stringify(blob) };
}

import { byokSchema } from './byok-schema.js';
import { candidateTargets } from './ciphertext.js';
import type { CiphertextText } from './ciphertext-text.js';
import type { Finding } from './finding.js';
import { isObject } from './json.js';
import { shown } from './shown.js';

export const RELEASE: Finding = warning(
  'release',
  'The blob comes from Secure Key Release (schema_version "1.0"): the service made it for an attested environment, and no vault imports it.',
);

/** What the service may or may not tolerate. */
export function oddities(blob: Readonly<Record<string, unknown>>, ciphertext: CiphertextText | null): Finding[] {
  return [...unknownMembers(blob), ...oddCiphertext(ciphertext)];
}

function unknownMembers(blob: Readonly<Record<string, unknown>>): Finding[] {
  const { shape } = byokSchema;
  const inBlob = Object.keys(blob).filter((name) => !Object.hasOwn(shape, name));
  const header = isObject(blob.header) ? blob.header : {};
  const inHeader = Object.keys(header).filter((name) => !Object.hasOwn(shape.header.shape, name));
  return [...inBlob, ...inHeader.map((name) => `header.${name}`)].map((name) =>
    warning('unknown-member', `The blob has a member that the specification does not know: ${shown(name)}.`),
  );
}

/** What can be odd about a ciphertext that is right enough to be taken. */
export function oddCiphertext(ciphertext: CiphertextText | null): Finding[] {
  if (ciphertext === null) return [];
  const { bytes, padded, faults } = ciphertext;
  const isPossible = bytes !== null && !faults.some(({ id }) => id === 'ciphertext-impossible-length');
  return [
    ...(padded
      ? [warning('ciphertext-padding', 'The ciphertext is base64url with padding; the specification wants none.')]
      : []),
    ...(isPossible && candidateTargets(bytes.length).length === 0
      ? [
          warning(
            'ciphertext-length',
            `The ciphertext has ${bytes.length} bytes, which fits no key that the service takes.`,
          ),
        ]
      : []),
  ];
}

function warning(id: string, text: string): Finding {
  return { id, level: 'warning', text };
}

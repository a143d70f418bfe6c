import { randomBytes } from 'node:crypto';
import { type Attributes, CKM, type ObjectHandle } from '@keyferry/pkcs11';
import type { SuiteFinding } from '../../suite/verdict.js';
import { attempt, type Hsm } from '../hsm.js';
import { attributeIs, judged, unsupported } from '../judging.js';
import { aesKeyWrapOf, createAes, generateAes } from '../keys.js';
import type { CaseTable, ModuleCase } from '../module-case.js';

const CLAUSE = 'PKCS#11 v3.1 sections 4.7 and 4.10';

const NAMES = {
  sensitive: 'CKA_SENSITIVE',
  extractable: 'CKA_EXTRACTABLE',
  alwaysSensitive: 'CKA_ALWAYS_SENSITIVE',
  neverExtractable: 'CKA_NEVER_EXTRACTABLE',
  local: 'CKA_LOCAL',
} as const satisfies Partial<Record<keyof Attributes, string>>;
type History = Partial<Record<keyof typeof NAMES, boolean>>;

const OPEN = { sensitive: false, extractable: true } as const;
const CLOSED = { sensitive: true, extractable: false } as const;

interface Origin {
  readonly words: string;
  make(hsm: Hsm): Promise<ObjectHandle>;
  readonly expected: History;
}

/** How a key came to be, and what the token must remember of it. */
const ORIGINS: Readonly<Record<string, Origin>> = {
  'generate/closed': {
    words: 'a key generated sensitive and unextractable',
    make: (hsm) => generateAes(hsm, CLOSED),
    expected: { ...CLOSED, alwaysSensitive: true, neverExtractable: true, local: true },
  },
  'generate/open': {
    words: 'a key generated neither sensitive nor unextractable',
    make: (hsm) => generateAes(hsm, OPEN),
    expected: { ...OPEN, alwaysSensitive: false, neverExtractable: false, local: true },
  },
  'generate/closed-later': {
    words: 'a key that became sensitive and unextractable after it was generated',
    async make(hsm) {
      const key = await generateAes(hsm, OPEN);
      hsm.session.write(key, CLOSED);
      return key;
    },
    expected: { ...CLOSED, alwaysSensitive: false, neverExtractable: false, local: true },
  },
  create: {
    words: 'a key that came in from outside in plaintext',
    make: async (hsm) => createAes(hsm, randomBytes(32), CLOSED),
    expected: { ...CLOSED, alwaysSensitive: false, neverExtractable: false, local: false },
  },
  unwrap: {
    words: 'a key that came in wrapped',
    make: (hsm) => unwrapped(hsm, CLOSED),
    expected: { ...CLOSED, alwaysSensitive: false, neverExtractable: false, local: false },
  },
  'copy/closed': {
    words: 'a copy of a key generated sensitive and unextractable',
    async make(hsm) {
      const key = await generateAes(hsm, CLOSED);
      return hsm.own(hsm.session.copy(key, { label: 'KEYFERRY-TEST copy' }));
    },
    expected: { ...CLOSED, alwaysSensitive: true, neverExtractable: true, local: true },
  },
  'copy/open-made-closed': {
    words: 'a sensitive, unextractable copy of a key that was neither',
    async make(hsm) {
      const key = await generateAes(hsm, OPEN);
      return hsm.own(hsm.session.copy(key, CLOSED));
    },
    expected: { ...CLOSED, alwaysSensitive: false, neverExtractable: false, local: true },
  },
};

async function unwrapped(hsm: Hsm, template: Attributes): Promise<ObjectHandle> {
  const mechanism = aesKeyWrapOf(hsm) ?? { type: CKM.AES_KEY_WRAP };
  const wrapping = await generateAes(hsm, { sensitive: true, extractable: false, wrap: true, unwrap: true });
  const key = await generateAes(hsm, { sensitive: true, extractable: true });
  const wrapped = await hsm.session.wrapKey(mechanism, wrapping, key);
  return hsm.own(
    await hsm.session.unwrapKey(mechanism, wrapping, wrapped, {
      class: 'secret-key',
      keyType: 'AES',
      token: false,
      private: true,
      ...template,
    }),
  );
}

function historyOf({ session }: Hsm, key: ObjectHandle, expected: History): SuiteFinding[] {
  return (Object.keys(expected) as (keyof typeof NAMES)[]).map((name) =>
    attributeIs(NAMES[name], session.read(key, name), expected[name] ?? false, {
      id: `initial/${NAMES[name].replace('CKA_', '').toLowerCase().replaceAll('_', '-')}`,
      clause: CLAUSE,
    }),
  );
}

const DEFAULTS: ModuleCase = {
  title: 'an unwrapped key has the protection that the template asks for, and none that it does not',
  level: 'may',
  clause: 'PKCS#11 v3.1 section 5.18.4',
  why: 'The standard leaves the default of CKA_EXTRACTABLE and CKA_SENSITIVE to the token. Who relies on it loses keys on the next one.',
  since: '0.1.0',
  async run(hsm) {
    if (aesKeyWrapOf(hsm) === null) return unsupported('the token has no AES key wrap');
    const made = await attempt(() => unwrapped(hsm, {}));
    if (!made.done) return unsupported(`it does not unwrap without both attributes: ${made.returned}`);
    const extractable = hsm.session.read(made.value, 'extractable');
    const sensitive = hsm.session.read(made.value, 'sensitive');
    const closed = extractable === false && sensitive === true;
    const finding = {
      id: 'initial/unwrap-defaults',
      level: closed ? 'pass' : 'warn',
      clause: 'PKCS#11 v3.1 section 5.18.4',
      expected: 'without a word in the template the key is sensitive and unextractable',
      actual: `CKA_SENSITIVE is ${sensitive}, CKA_EXTRACTABLE is ${extractable}`,
    } as const;
    return judged([finding], { conclusion: 'standard silent' });
  },
};

/** What a token remembers of where a key came from. */
export const INITIAL_VALUE_CASES: CaseTable = {
  ...Object.fromEntries(
    Object.entries(ORIGINS).map(([word, { words, make, expected }]) => [
      `module/initial/${word}`,
      {
        title: `the history of ${words} is told as it was`,
        level: 'must',
        clause: CLAUSE,
        why: 'An auditor reads from these attributes whether a key was ever outside. They are worth nothing if they lie.',
        since: '0.1.0',
        async run(hsm: Hsm) {
          if (word === 'unwrap' && aesKeyWrapOf(hsm) === null) return unsupported('the token has no AES key wrap');
          const made = await attempt(() => make(hsm));
          if (!made.done) return unsupported(`such a key cannot be made: ${made.returned}`);
          return judged(historyOf(hsm, made.value, expected));
        },
      } satisfies ModuleCase,
    ]),
  ),
  'module/initial/unwrap-defaults': DEFAULTS,
};

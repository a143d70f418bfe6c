import { randomBytes } from 'node:crypto';
import type { Answer, Asked, Broken } from './relay.js';

/** A broken importer, and all that it must be caught by: `CASE: FINDING, FINDING`. */
export interface BrokenImporter {
  readonly title: string;
  readonly answer: Broken;
  /** What it is put to beside the usual cases. */
  readonly more?: readonly string[];
  readonly failing: readonly string[];
  readonly warning?: readonly string[];
}

const isImport = ({ method, body }: Asked) => method === 'PUT' && body?.key?.key_hsm !== undefined;
const refused = ({ status }: Answer) => status >= 400;

/** An answer to each import that is changed. */
const onImport =
  (
    change: (answer: Answer, asked: Asked, right: (asked: Asked) => Promise<Answer>) => Answer | Promise<Answer>,
  ): Broken =>
  async (asked, right) => {
    const answer = await right(asked);
    return isImport(asked) ? change(answer, asked, right) : answer;
  };
/** A request to import that is changed. */
const withImport =
  (change: (body: Asked['body']) => Asked['body']): Broken =>
  (asked, right) =>
    right(isImport(asked) ? { ...asked, body: change(asked.body) } : asked);

/** Wrong blobs and wrong requests that every broken importer is put to, and that a right one refuses. */
export const WRONG_IMPORTS = [
  'importer/reject/members/enc',
  'importer/reject/oaep/sha-256',
  'importer/reject/kwp/rfc3394-pkcs7',
  'importer/reject/form/pkcs1',
  'importer/kid/unknown-version',
  'importer/kid/other-vault',
  'importer/import/other-type',
  'importer/import/other-curve',
  'importer/import/ec-operation',
  'importer/import/imported-kek',
  'importer/import/aes-to-key-vault',
] as const;
const USUAL_KEK_USES = ['encrypt', 'decrypt', 'sign', 'verify', 'wrap-key', 'unwrap-key'].map(
  (word) => `importer/kek/use/${word}`,
);

/** What every one of them is put to. */
export const USUAL_CASES: readonly string[] = [
  'importer/accept/kek-2048/rsa-2048',
  'importer/accept/kek-2048/ec-p256',
  'importer/accept/kek-2048/ec-secp256k1',
  ...WRONG_IMPORTS,
  'importer/kek/shown',
  'importer/kek/add-operation',
  ...USUAL_KEK_USES,
  'importer/import/key-ops',
  'importer/import/attributes',
  'importer/import/no-private-members',
  'importer/import/software-kty',
  'importer/import/existing-name',
];

const each = (cases: readonly string[], findings: string) => cases.map((id) => `${id}: ${findings}`);

/** By the first label of the host name of their vault. */
export const BROKEN_IMPORTERS: Readonly<Record<string, BrokenImporter>> = {
  'takes-all': {
    title: 'takes every blob, and answers with a key that it made up',
    answer: onImport((answer, { path, body }) =>
      refused(answer)
        ? {
            ...answer,
            status: 200,
            body: {
              key: {
                kid: `https://takes-all.vault.azure.net${path.replace(/\/$/, '')}/${randomBytes(16).toString('hex')}`,
                ...{ ...body.key, key_hsm: undefined },
              },
              attributes: { enabled: true },
            },
          }
        : answer,
    ),
    failing: [...each(WRONG_IMPORTS, 'importer/refused'), 'importer/import/existing-name: importer/refused'],
  },
  'half-made': {
    title: 'leaves a disabled version where it refuses a blob',
    answer: onImport(async (answer, { path }, right) => {
      if (!refused(answer)) return answer;
      const key = { kty: 'EC-HSM', crv: 'P-256', attributes: { enabled: false } };
      await right({ method: 'POST', path: `${path.replace(/\/$/, '')}/create`, body: key });
      return answer;
    }),
    failing: [
      ...each(WRONG_IMPORTS, 'importer/no-version-left'),
      'importer/import/existing-name: importer/no-version-left, importer/new-version',
    ],
  },
  'any-kek': {
    title: 'does not look at the kid, and tries all its KEKs',
    answer: (() => {
      const keks: string[] = [];
      return async (asked: Asked, right: (asked: Asked) => Promise<Answer>) => {
        const answer = await right(asked);
        const { kid, key_ops: operations } = answer.body?.key ?? {};
        if (asked.path.endsWith('/create') && String(operations) === 'import') keks.push(kid);
        if (!isImport(asked) || !refused(answer)) return answer;
        for (const kid of keks) {
          const changed = changedBlob(asked, (blob) => ({ ...blob, header: { ...blob.header, kid } }));
          const again = changed === null ? answer : await right(changed);
          if (!refused(again)) return again;
        }
        return answer;
      };
    })(),
    more: ['importer/kid/other-kek', 'importer/kid/other-version', 'importer/reject/kid/version'],
    failing: each(
      [
        'importer/reject/kid/version',
        'importer/kid/other-kek',
        'importer/kid/other-version',
        'importer/kid/unknown-version',
        'importer/kid/other-vault',
      ],
      'importer/refused',
    ),
  },
  'any-state': {
    title: 'lets a KEK import that is disabled, has expired or is not valid yet',
    answer: onImport(async (answer, asked, right) => {
      const kid = /\/keys\/[^"]+/.exec(Buffer.from(asked.body.key.key_hsm, 'base64url').toString())?.[0];
      if (!refused(answer) || kid === undefined) return answer;
      const kek = await right({ method: 'GET', path: kid, body: undefined });
      const { enabled, nbf = 1, exp = 2_000_000_000 } = kek.body?.attributes ?? {};
      if (refused(kek) || (enabled && nbf < Date.now() / 1000 && exp > Date.now() / 1000)) return answer;
      const usable = { enabled: true, nbf: 1, exp: 2_000_000_000 };
      await right({ method: 'PATCH', path: kid, body: { attributes: usable } });
      return right(asked);
    }),
    more: ['importer/kid/disabled', 'importer/kid/expired', 'importer/kid/not-yet-valid'],
    failing: each(['importer/kid/disabled', 'importer/kid/expired', 'importer/kid/not-yet-valid'], 'importer/refused'),
  },
  'other-answer': {
    title: 'answers with the public key of another key',
    answer: onImport((answer) => {
      const { key } = answer.body;
      if (refused(answer)) return answer;
      const changed = key.n === undefined ? { x: key.y, y: key.x } : { n: `${key.n.slice(0, -1)}E` };
      return { ...answer, body: { ...answer.body, key: { ...key, ...changed } } };
    }),
    failing: each(USUAL_CASES.slice(0, 3), 'importer/answered-key'),
  },
  'other-key': {
    title: 'makes a new key in the place of the one in the blob',
    answer: onImport(async (answer, { path, body }, right) => {
      if (refused(answer)) return answer;
      const { kty, crv, key_ops } = body.key;
      const spec = { kty: `${kty.replace('-HSM', '')}-HSM`, ...(crv === undefined ? {} : { crv }), key_ops };
      const { attributes } = body;
      return right({ method: 'POST', path: `${path.replace(/\/$/, '')}/create`, body: { ...spec, attributes } });
    }),
    failing: [
      ...each(USUAL_CASES.slice(0, 3), 'importer/answered-key, importer/stored-key, importer/works-as-the-key'),
      'importer/import/existing-name: importer/new-version',
    ],
  },
  'busy-kek': {
    title: 'lets a KEK encrypt, decrypt, sign, verify, wrap and unwrap',
    answer: async (asked, right) => {
      const answer = await right(asked);
      const use = /^(\/keys\/[^/]+-kek-[^/]+\/[^/]+)\/[a-z]+$/.exec(asked.path)?.[1];
      if (asked.method !== 'POST' || use === undefined) return answer;
      return { ...answer, status: 200, body: { kid: `https://busy-kek.vault.azure.net${use}`, value: 'AAAA' } };
    },
    failing: each(USUAL_KEK_USES, 'importer/refused'),
  },
  'more-operations': {
    title: 'creates a KEK with further operations, and gives one to a KEK that is there',
    answer: async (asked, right) => {
      const operations: readonly string[] = asked.body?.key_ops ?? [];
      if (!operations.includes('import')) return right(asked);
      return right({ ...asked, body: { ...asked.body, kty: asked.body.kty && 'RSA-HSM', key_ops: ['import'] } });
    },
    more: ['importer/kek/create-with-others', 'importer/kek/software'],
    failing: each(
      ['importer/kek/create-with-others', 'importer/kek/software', 'importer/kek/add-operation'],
      'importer/refused',
    ),
  },
  'tells-all': {
    title: 'answers with a private member of the key',
    answer: onImport((answer) =>
      refused(answer) ? answer : { ...answer, body: { ...answer.body, key: { ...answer.body.key, d: 'AQAB' } } },
    ),
    failing: ['importer/import/no-private-members: importer/no-private-members'],
  },
  'own-fault': {
    title: 'answers 500 to a wrong blob',
    answer: onImport((answer) => (refused(answer) ? { ...answer, status: 500 } : answer)),
    failing: [
      ...each(WRONG_IMPORTS, 'importer/refusal-status'),
      'importer/import/existing-name: importer/refusal-status',
    ],
  },
  'all-operations': {
    title: 'gives a key all operations of its type, whatever the request names',
    answer: withImport((body) => ({ ...body, key: { ...body.key, key_ops: undefined } })),
    failing: [
      'importer/import/key-ops: importer/key-ops, importer/refused',
      ...each(['importer/import/ec-operation', 'importer/import/imported-kek'], 'importer/refused'),
    ],
  },
  'no-attributes': {
    title: 'forgets that the key is to be disabled, and its dates',
    answer: withImport((body) => ({ ...body, attributes: {} })),
    failing: ['importer/import/attributes: importer/attributes, importer/refused'],
  },
  'in-software': {
    title: 'makes a software key of a blob when the request asks for one',
    answer: onImport((answer, { body }) =>
      refused(answer)
        ? answer
        : { ...answer, body: { ...answer.body, key: { ...answer.body.key, kty: body.key.kty } } },
    ),
    failing: ['importer/import/software-kty: importer/no-software-key'],
  },
  'one-curve-less': {
    title: 'does not know P-256K',
    answer: (asked, right) =>
      right(asked.body?.key?.crv === 'P-256K' ? { ...asked, body: { key: { kty: 'EC-HSM', crv: 'P-999' } } } : asked),
    failing: ['importer/accept/kek-2048/ec-secp256k1: importer/accepted'],
  },
};

/** Null where the blob is no object with a header. */
function changedBlob(asked: Asked, change: (blob: Asked['body']) => unknown): Asked | null {
  try {
    const blob = JSON.parse(Buffer.from(asked.body.key.key_hsm, 'base64url').toString());
    const key_hsm = Buffer.from(JSON.stringify(change(blob))).toString('base64url');
    return { ...asked, body: { ...asked.body, key: { ...asked.body.key, key_hsm } } };
  } catch {
    return null;
  }
}

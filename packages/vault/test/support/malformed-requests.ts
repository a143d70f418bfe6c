import fc from 'fast-check';
import { blobFor, keyHsm } from './transfer.js';

/** A request that a client could send by mistake or in anger. */
export interface OddRequest {
  readonly kind: 'vault' | 'managed-hsm';
  readonly method: string;
  /** As in the request line, without the query. */
  readonly path: string;
  readonly query: string;
  readonly body: Buffer;
}

/** What stands in the vaults beforehand, by name: the kid of a usable KEK goes into the blobs. */
export interface Standing {
  readonly names: readonly string[];
  readonly versions: readonly string[];
  readonly kek: string;
}

const METHODS = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND'];

/** Each route of the router, with the words that stand for a name and a version. */
export const ROUTES = [
  'GET /keys',
  'PUT /keys/NAME',
  'GET /keys/NAME',
  'GET /keys/NAME/VERSION',
  'GET /keys/NAME/versions',
  'PATCH /keys/NAME',
  'PATCH /keys/NAME/VERSION',
  'DELETE /keys/NAME',
  'POST /keys/NAME/create',
  'POST /keys/NAME/rotate',
  'GET /keys/NAME/rotationpolicy',
  'PUT /keys/NAME/rotationpolicy',
  'POST /keys/NAME/backup',
  'POST /keys/restore',
  'POST /rng',
  'GET /deletedkeys',
  'GET /deletedkeys/NAME',
  'DELETE /deletedkeys/NAME',
  'POST /deletedkeys/NAME/recover',
  'GET /keys/NAME/VERSION/attestation',
  'POST /keys/NAME/VERSION/release',
  ...['sign', 'verify', 'encrypt', 'decrypt', 'wrapkey', 'unwrapkey'].flatMap((use) => [
    `POST /keys/NAME/VERSION/${use}`,
    `POST /keys/NAME/${use}`,
  ]),
] as const;

const WORDS = [
  ...['RSA', 'RSA-HSM', 'EC', 'EC-HSM', 'oct', 'oct-HSM', 'P-256', 'P-384', 'P-521', 'P-256K', 'AQAB', 'AAAA', ''],
  ...['RS256', 'PS512', 'ES256', 'ES256K', 'RSA1_5', 'RSA-OAEP', 'RSA-OAEP-256', 'A256GCM', 'A128CBC', 'A256KW'],
  ...[
    'sign',
    'verify',
    'import',
    'encrypt',
    'unwrapKey',
    'export',
    'Rotate',
    'Notify',
    'P30D',
    '__proto__',
    'toString',
  ],
];

const MEMBERS = [
  ...[
    'kty',
    'crv',
    'key_size',
    'key_ops',
    'key_hsm',
    'key',
    'attributes',
    'tags',
    'alg',
    'value',
    'digest',
    'iv',
    'aad',
  ],
  ...['tag', 'enabled', 'exp', 'nbf', 'exportable', 'release_policy', 'Hsm', 'n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'],
  ...[
    'x',
    'y',
    'k',
    'public_exponent',
    'lifetimeActions',
    'trigger',
    'action',
    'timeAfterCreate',
    'type',
    'expiryTime',
  ],
  ...['count', 'id', '__proto__', 'constructor', 'toJSON'],
];

const text = fc.oneof(
  fc.constantFrom(...WORDS),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
);

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.constantFrom<unknown>(0, 1, -1, 2048, 32, 16, 1e308, 0.5, 2 ** 53, true, false, null),
    fc.double(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...MEMBERS), tie('value'), { maxKeys: 6 }),
  ),
}));

/** Bodies that would do, by the last word of their route. */
function rightBodies({ kek }: Standing): Readonly<Record<string, unknown[]>> {
  const bytes = (length: number) => Buffer.alloc(length, 7).toString('base64url');
  const key_hsm = (length: number) => keyHsm(blobFor(kek, Buffer.alloc(length, 9)));
  const attributes = { enabled: true, exp: 4_000_000_000, nbf: 1 };
  const ciphers = ['RSA-OAEP', 'RSA1_5', 'A256GCM', 'A256CBC', 'A256KW'].map((alg) => ({
    ...{ alg, value: bytes(32), iv: bytes(16), aad: bytes(4), tag: bytes(16) },
  }));
  return {
    create: ['RSA-HSM', 'EC', 'EC-HSM', 'oct-HSM'].map((kty) => ({ kty, attributes, tags: { a: 'b' } })),
    NAME: [
      { key: { kty: 'EC-HSM', crv: 'P-256', key_ops: ['sign'], key_hsm: key_hsm(408) }, attributes },
      { Hsm: true, key: { kty: 'RSA-HSM', key_hsm: key_hsm(1488) } },
      { key: { kty: 'oct-HSM', key_hsm: key_hsm(296) } },
      { key: { kty: 'EC', crv: 'P-256', d: bytes(32), x: bytes(32), y: bytes(32) } },
      { key: { kty: 'RSA', ...Object.fromEntries([...'nepqd', 'dp', 'dq', 'qi'].map((name) => [name, bytes(256)])) } },
      { key_ops: ['sign', 'verify'], attributes, tags: { c: 'd' } },
    ],
    VERSION: [{ attributes: { enabled: false } }, { tags: {} }],
    rotationpolicy: [
      {
        lifetimeActions: [{ trigger: { timeAfterCreate: 'P30D' }, action: { type: 'Rotate' } }],
        attributes: { expiryTime: 'P2Y' },
      },
    ],
    rng: [{ count: 32 }],
    sign: [
      { alg: 'ES256', value: bytes(32) },
      { alg: 'PS512', value: bytes(64) },
    ],
    verify: [
      { alg: 'RS256', digest: bytes(32), value: bytes(256) },
      { alg: 'ES256', digest: bytes(32), value: bytes(64) },
    ],
    encrypt: ciphers,
    decrypt: ciphers,
    wrapkey: ciphers,
    unwrapkey: ciphers,
  };
}

/** Sets or removes one member somewhere in a body. */
const edit = fc.record({
  member: fc.constantFrom(...MEMBERS),
  deep: fc.boolean(),
  to: fc.option(value, { nil: undefined }),
});

function edited(body: unknown, edits: readonly { member: string; deep: boolean; to: unknown }[]): unknown {
  const copy = structuredClone(body);
  for (const { member, deep, to } of edits) {
    const top = copy as Record<string, unknown>;
    const inside = (deep ? (top.key ?? top.attributes) : top) as Record<string, unknown> | undefined;
    if (typeof inside !== 'object' || inside === null) continue;
    if (to === undefined) delete inside[member];
    else Object.defineProperty(inside, member, { value: to, enumerable: true, writable: true, configurable: true });
  }
  return copy;
}

const rawBody = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }).map((one) => Buffer.from(one)),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom('[', '{"a":', '\ufeff{}', '"\\ud800"', '{"kty":"EC","kty":"RSA"}', `${'['.repeat(5000)}`)
    .map((one) => Buffer.from(one)),
  fc.constant(Buffer.from(`${'{"key":'.repeat(3000)}1${'}'.repeat(3000)}`)),
);

const query = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.constantFrom('api-version=7.4', 'api%2Dversion=2025-07-01', 'api-version=7.0&maxresults=3'),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('maxresults', '$skiptoken', 'api-version'), fc.string({ maxLength: 12 }))
      .map(([name, text_]) => `api-version=7.4&${name}=${encodeURIComponent(text_)}`),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }).map((one) => one) },
);

/** Requests on every route, most of them with one thing wrong. */
export function oddRequests(standing: Standing): fc.Arbitrary<OddRequest> {
  const bodies = rightBodies(standing);
  const name = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...standing.names) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('%41', 'a_b', 'a%2Fb', '..', '%00', '%', 'a'.repeat(200), 'toString', 'restore'),
    },
    { weight: 1, arbitrary: fc.stringMatching(/^[!-~]{1,10}$/) },
  );
  const version = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...standing.versions) },
    { weight: 1, arbitrary: fc.constantFrom('', '0'.repeat(32), 'versions', 'x', '%zz', 'F'.repeat(33)) },
  );
  return fc.constantFrom(...ROUTES).chain((route) => {
    const [method = '', template = ''] = route.split(' ');
    const right = bodies[template.split('/').at(-1) ?? ''] ?? [{}];
    return fc.record({
      kind: fc.constantFrom('vault', 'managed-hsm'),
      method: fc.oneof({ weight: 12, arbitrary: fc.constant(method) }, fc.constantFrom(...METHODS)),
      path: fc
        .tuple(
          name,
          version,
          fc.constantFrom(template, template, template, `${template}/`, `${template}/x`, `/${template}`),
        )
        .map(([one, two, shape]) => shape.replace('NAME', one).replace('VERSION', two)),
      query,
      body: fc.oneof(
        { weight: 8, arbitrary: fc.tuple(fc.constantFrom(...right), fc.array(edit, { maxLength: 2 })).map(written) },
        { weight: 1, arbitrary: value.map((one) => Buffer.from(JSON.stringify(one) ?? '')) },
        { weight: 1, arbitrary: rawBody },
      ),
    });
  });
}

function written([body, edits]: [unknown, Parameters<typeof edited>[1]]): Buffer {
  return Buffer.from(JSON.stringify(edited(body, edits)) ?? '');
}

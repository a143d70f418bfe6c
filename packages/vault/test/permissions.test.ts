import test from 'ava';
import fc from 'fast-check';
import { forbid, permissionFor } from '../src/identity/permissions.js';
import { handleKeys } from '../src/rest/router.js';
import { memoryContext } from './support/memory-engine.js';
import { type AnyReply, ask, keysRequest } from './support/requests.js';

const VAULT = 'https://roles.vault.azure.net';
const POOL = 'https://roles.managedhsm.azure.net';
const VERSION = '0'.repeat(32);

for (const [method, path, permission] of [
  ['GET', '/keys', 'list'],
  ['GET', '/keys/k/versions', 'list'],
  ['GET', '/keys/k/', 'get'],
  ['GET', `/keys/k/${VERSION}`, 'get'],
  ['GET', `/keys/k/${VERSION}/attestation`, 'get'],
  ['PUT', '/keys/k', 'import'],
  ['PATCH', '/keys/k', 'update'],
  ['DELETE', '/keys/k', 'delete'],
  ['POST', '/keys/k/create', 'create'],
  ['POST', '/keys/k/rotate', 'rotate'],
  ['GET', '/keys/k/rotationpolicy', 'getrotationpolicy'],
  ['PUT', '/keys/k/rotationpolicy', 'setrotationpolicy'],
  ['POST', `/keys/k/${VERSION}/SIGN`, 'sign'],
  ['POST', '/keys/k//wrapKey', 'wrapKey'],
  ['POST', '/keys/k/backup', 'backup'],
  ['POST', '/keys/restore', 'restore'],
  ['GET', '/deletedkeys', 'list'],
  ['GET', '/deletedkeys/k', 'get'],
  ['DELETE', '/deletedkeys/k', 'purge'],
  ['POST', '/deletedkeys/k/recover', 'recover'],
  ['POST', '/rng', 'random'],
  ['DELETE', '/keys/k/sign', 'delete'],
  ['PUT', '/keys/k/versions', 'import'],
  ['POST', '/keys/k/tostring', null],
  ['GET', '/secrets', null],
] as const) {
  test(`${method} ${path} needs ${permission ?? 'nothing that could be granted'}`, (t) => {
    t.is(permissionFor(method, path), permission);
  });
}

for (const [client, allowed, refused] of [
  [
    'importer',
    ['GET /keys', 'POST /keys/k/create', 'PUT /keys/k', 'PATCH /keys/k'],
    ['POST /keys/k/sign', 'DELETE /keys/k'],
  ],
  [
    'user',
    ['GET /keys/k', 'POST /keys/k/sign', 'POST /keys/k/unwrapkey'],
    ['PUT /keys/k', 'POST /keys/k/create', 'PATCH /keys/k'],
  ],
  ['admin', ['DELETE /deletedkeys/k', 'PUT /keys/k', 'POST /keys/k/sign'], []],
] as const) {
  test(`the client ${client} may do what it is for, and no more`, (t) => {
    const asked = (line: string) => {
      const [method = '', path] = line.split(' ');
      return forbid(keysRequest(method, VAULT + path), client, 'rbac')?.status ?? 200;
    };
    for (const line of allowed) t.is(asked(line), 200, line);
    for (const line of refused) t.is(asked(line), 403, line);
  });
}

test('a refusal is in the words of the access model; a Managed HSM has roles only', (t) => {
  const refusal = (url: string, model: 'rbac' | 'access-policy') =>
    (forbid(keysRequest('PUT', `${url}/keys/k`), 'user', model) as AnyReply).body.error;
  const policy = refusal(VAULT, 'access-policy');
  t.like(policy, { code: 'Forbidden', innererror: { code: 'AccessDenied' } });
  t.regex(policy.message, /does not have keys import permission on key vault 'roles;/);
  const roles = refusal(VAULT, 'rbac');
  t.like(roles, { code: 'Forbidden', innererror: { code: 'ForbiddenByRbac' } });
  t.regex(roles.message, /Action: 'Microsoft\.KeyVault\/vaults\/keys\/import\/action'/);
  t.regex(refusal(POOL, 'access-policy').message, /Microsoft\.KeyVault\/managedHsm\/keys\/import\/action/);
});

const segment = fc.constantFrom(
  ...['keys', 'deletedkeys', 'k', 'create', 'versions', 'sign', 'rotate', 'rotationpolicy', 'recover', 'restore', ''],
  VERSION,
);
const body = fc.constantFrom({ kty: 'EC-HSM' }, { attributes: { enabled: false } }, { lifetimeActions: [] }, {});

test('whatever a user asks for, every key stays as it is', async (t) => {
  const context = memoryContext();
  await ask(context, 'POST', `${VAULT}/keys/k/create`, { kty: 'EC-HSM' });
  const before = JSON.stringify([...context.records.all()]);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'PUT', 'POST', 'PATCH', 'DELETE'),
      fc.array(segment, { maxLength: 5 }),
      body,
      async (method, path, what) => {
        const request = keysRequest(method, `${VAULT}/${path.join('/')}`, what);
        if (forbid(request, 'user', 'rbac') === null) await handleKeys(request, context);
        return JSON.stringify([...context.records.all()]) === before;
      },
    ),
    { numRuns: 2000 },
  );
  t.pass();
});

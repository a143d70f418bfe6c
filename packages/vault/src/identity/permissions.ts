import type { KeysRequest, Reply } from '../message.js';
import { errorReply } from '../rules/refusal.js';
import { CLIENT_IDS, type ClientName, TENANT_ID } from './credentials.js';

/** What an access policy of the service can grant for keys, and the data actions of its roles. */
const ACTIONS = {
  get: 'keys/read',
  list: 'keys/read',
  create: 'keys/create/action',
  import: 'keys/import/action',
  update: 'keys/update/action',
  delete: 'keys/delete',
  recover: 'keys/recover/action',
  purge: 'keys/purge/action',
  backup: 'keys/backup/action',
  restore: 'keys/restore/action',
  rotate: 'keys/rotate/action',
  getrotationpolicy: 'keyrotationpolicies/read',
  setrotationpolicy: 'keyrotationpolicies/write',
  release: 'keys/release/action',
  sign: 'keys/sign/action',
  verify: 'keys/verify/action',
  encrypt: 'keys/encrypt/action',
  decrypt: 'keys/decrypt/action',
  wrapKey: 'keys/wrap/action',
  unwrapKey: 'keys/unwrap/action',
  random: 'rng/action',
} as const;

export type Permission = keyof typeof ACTIONS;

const USES: readonly Permission[] = ['sign', 'verify', 'encrypt', 'decrypt', 'wrapKey', 'unwrapKey'];

/** The admin may do everything; nobody else deletes. */
const GRANTED: Readonly<Record<Exclude<ClientName, 'admin'>, readonly Permission[]>> = {
  importer: ['get', 'list', 'create', 'import', 'update'],
  user: ['get', 'list', ...USES, 'random'],
};

/** How a vault decides: what it says to who may not. A Managed HSM has roles of its own in any case. */
export const ACCESS_MODELS = ['rbac', 'access-policy'] as const;
export type AccessModel = (typeof ACCESS_MODELS)[number];

/** The 403 in the words of the service, or null when the client may do what it asks for. */
export function forbid(request: KeysRequest, client: ClientName, model: AccessModel): Reply | null {
  const permission = permissionFor(request.method, request.path);
  if (permission === null || client === 'admin' || GRANTED[client].includes(permission)) return null;
  const id = CLIENT_IDS[client];
  const caller = `appid=${id};oid=${id};iss=https://sts.windows.net/${TENANT_ID}/`;
  const [name = ''] = request.host.host.split('.');
  const forbidden = { status: 403, code: 'Forbidden' };
  if (request.host.kind === 'vault' && model === 'access-policy') {
    const message = `The user, group or application '${caller}' does not have keys ${permission.toLowerCase()} permission on key vault '${name};location=emulator'.`;
    return errorReply({ ...forbidden, message, inner: 'AccessDenied' });
  }
  const provider = request.host.kind === 'vault' ? 'vaults' : 'managedHsm';
  const message = [
    'Caller is not authorized to perform action on resource.',
    `Caller: ${caller}`,
    `Action: 'Microsoft.KeyVault/${provider}/${ACTIONS[permission]}'`,
    `Resource: '${request.path.slice(0, 256)}'`,
    'Assignment: (not found)',
  ].join('\r\n');
  return errorReply({ ...forbidden, message, inner: 'ForbiddenByRbac' });
}

/** What a request needs; null where there is nothing that could be granted: it ends in an error for everybody. */
export function permissionFor(method: string, path: string): Permission | null {
  const [root, name, ...rest] = path
    .toLowerCase()
    .split('/')
    .filter((part) => part !== '');
  if (root === 'rng') return 'random';
  if (root === 'deletedkeys') return permissionForDeleted(method, name);
  if (root !== 'keys') return null;
  const last = rest.at(-1) ?? '';
  if (method === 'POST') return name === 'restore' && last === '' ? 'restore' : (POSTED[last] ?? null);
  if (last === 'rotationpolicy') return method === 'GET' ? 'getrotationpolicy' : 'setrotationpolicy';
  if (method === 'GET') return name === undefined || last === 'versions' ? 'list' : 'get';
  return ({ PUT: 'import', PATCH: 'update', DELETE: 'delete' } as const)[method] ?? null;
}

const POSTED: Readonly<Record<string, Permission>> = Object.assign(
  Object.create(null),
  Object.fromEntries(USES.map((permission) => [permission.toLowerCase(), permission])),
  { create: 'create', rotate: 'rotate', backup: 'backup', release: 'release' },
);

function permissionForDeleted(method: string, name: string | undefined): Permission {
  if (method === 'DELETE') return 'purge';
  if (method === 'POST') return 'recover';
  return name === undefined ? 'list' : 'get';
}

import { KeyferryError } from '@keyferry/errors';
import type { KeysRequest, Reply } from '../message.js';
import { checkName } from '../rules/names.js';
import {
  badParameter,
  diskFull,
  errorReply,
  notImplemented,
  opaque,
  Refusal,
  type RefusalDetails,
} from '../rules/refusal.js';
import { attestKey } from './attest-key.js';
import type { Context, KeyCall } from './context.js';
import { deleteKey, getDeletedKey, listDeletedKeys, purgeKey, recoverKey } from './deleted-keys.js';
import { createKey, importKey } from './make-key.js';
import { randomBytes } from './random-bytes.js';
import { getKey, listKeys, listVersions } from './read-keys.js';
import { getRotationPolicy, putRotationPolicy, rotateKey } from './rotate-key.js';
import { updateKey } from './update-key.js';
import { decryptData, encryptData, signDigest, unwrapKey, verifySignature, wrapKey } from './use-key.js';

/**
 * The versions of the API that are spoken; they do not differ in what the emulator has. The previews among them are those
 * that some release of an SDK asks for by itself: 7.4-preview.1 that of Debian's Python package.
 */
const API_VERSION = /^(7\.[0-6]|7\.[1-3]-preview|7\.[45]-preview\.1|7\.6-preview\.[12]|2025-07-01|2026-04-01)$/;

type Action = (call: KeyCall, context: Context) => Reply | Promise<Reply>;

/** POST /keys/NAME[/VERSION]/ACTION; clients differ in the case of the words. */
const USES: Readonly<Record<string, Action>> = {
  sign: signDigest,
  verify: verifySignature,
  encrypt: encryptData,
  decrypt: decryptData,
  wrapkey: wrapKey,
  unwrapkey: unwrapKey,
};

/** What the service has under /keys/NAME and the emulator does not. */
const MISSING_ACTIONS = ['backup', 'release'];

/** What the service has at the root and the emulator does not. */
const MISSING_ROOTS = [
  'secrets',
  'deletedsecrets',
  'certificates',
  'deletedcertificates',
  'storage',
  'deletedstorage',
  'backup',
  'restore',
  'selectiverestore',
  'securitydomain',
  'settings',
  'providers',
];

/**
 * Answers a request to a vault or Managed HSM whose token has been checked. What the client got wrong and what the HSM
 * refused become replies in the service's shape; an error that nobody foresaw is thrown.
 */
export async function handleKeys(request: KeysRequest, context: Context): Promise<Reply> {
  try {
    checkApiVersion(request.query);
    return await route(request, context);
  } catch (error) {
    const details = detailsOf(error);
    const { code, inner, message } = details;
    context.onStep?.('refused', `${inner ?? code}: ${message}`);
    return errorReply(context.opaqueErrors ? opaque(details) : details);
  }
}

function detailsOf(error: unknown): RefusalDetails {
  if (error instanceof Refusal) return error.details;
  if (!(error instanceof KeyferryError) || error.code === 'INTERNAL') throw error;
  if (error.code === 'DISK_FULL') return diskFull().details;
  return {
    status: 500,
    code: 'InternalServerError',
    message: error.message,
    inner: `KeyferryVault.${error.code}`,
  };
}

function checkApiVersion(query: URLSearchParams): void {
  const version = query.get('api-version');
  if (version === null) throw badParameter('api-version must be specified.');
  if (!API_VERSION.test(version))
    throw badParameter(`The specified version (${version.slice(0, 40)}) is not recognized.`);
}

function route(request: KeysRequest, context: Context): Reply | Promise<Reply> {
  // Clients put a slash at the end, and an empty version in the middle.
  const [given = '', name, ...rest] = request.path.split('/').filter((part) => part !== '');
  const root = given.toLowerCase();
  if (MISSING_ROOTS.includes(root)) throw notImplemented(`keyferry-vault has no /${root}.`);
  if (root === 'rng' && request.host.kind === 'managed-hsm') {
    if (request.method === 'POST' && name === undefined) return randomBytes(request, context);
    throw wrongMethod(request.method, root);
  }
  if (root !== 'keys' && root !== 'deletedkeys')
    throw new Refusal({ status: 404, code: 'NotFound', message: 'There is nothing at this path.' });
  if (name === undefined) {
    if (request.method !== 'GET') throw wrongMethod(request.method, root);
    return root === 'keys' ? listKeys(request, context) : listDeletedKeys(request, context);
  }
  if (root === 'keys' && name.toLowerCase() === 'restore' && request.method === 'POST' && rest.length === 0) {
    throw notImplemented('keyferry-vault has no backup and no restore.');
  }
  const call: KeyCall = { request, name: checkName(name), version: undefined };
  return root === 'keys' ? routeKey(call, rest, context) : routeDeletedKey(call, rest, context);
}

function routeKey(call: KeyCall, rest: readonly string[], context: Context): Reply | Promise<Reply> {
  const { method } = call.request;
  const last = rest.at(-1)?.toLowerCase() ?? '';
  const before = rest.length === 2 ? rest[0] : undefined;
  if (rest.length > 2) throw wrongMethod(method, last);
  if (MISSING_ACTIONS.includes(last)) throw notImplemented(`keyferry-vault does not have ${last}.`);

  const use = Object.hasOwn(USES, last) ? USES[last] : undefined;
  if (method === 'POST' && use) return use({ ...call, version: before }, context);
  if (method === 'GET' && last === 'attestation' && call.request.host.kind === 'managed-hsm') {
    return attestKey({ ...call, version: before }, context);
  }
  if (rest.length === 1) {
    if (method === 'POST' && last === 'create') return createKey(call, context);
    if (method === 'GET' && last === 'versions') return listVersions(call, context);
    if (method === 'POST' && last === 'rotate') return rotateKey(call, context);
    if (method === 'GET' && last === 'rotationpolicy') return getRotationPolicy(call, context);
    if (method === 'PUT' && last === 'rotationpolicy') return putRotationPolicy(call, context);
  }
  if (rest.length === 0) {
    if (method === 'PUT') return importKey(call, context);
    if (method === 'DELETE') return deleteKey(call, context);
  }
  if (rest.length < 2) {
    const versioned = { ...call, version: rest[0] };
    if (method === 'GET') return getKey(versioned, context);
    if (method === 'PATCH') return updateKey(versioned, context);
  }
  throw wrongMethod(method, last);
}

function routeDeletedKey(call: KeyCall, rest: readonly string[], context: Context): Reply | Promise<Reply> {
  const { method } = call.request;
  const last = rest.at(-1)?.toLowerCase() ?? '';
  if (rest.length === 0) {
    if (method === 'GET') return getDeletedKey(call, context);
    if (method === 'DELETE') return purgeKey(call, context);
  }
  if (method === 'POST' && last === 'recover' && rest.length === 1) return recoverKey(call, context);
  throw wrongMethod(method, last);
}

function wrongMethod(method: string, operation: string): Refusal {
  return badParameter(`Method ${method} does not allow operation '${operation.slice(0, 128)}'`);
}

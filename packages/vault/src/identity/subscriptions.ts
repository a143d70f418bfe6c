import { MANAGEMENT_HOST } from '../hosts.js';
import { ok, type Reply, type VaultRequest } from '../message.js';
import { badParameter, errorReply, notImplemented } from '../rules/refusal.js';
import { TENANT_ID } from './credentials.js';

/** The one subscription there is; a published constant. */
export const SUBSCRIPTION_ID = '6b657966-6572-7279-8000-737562736372';

/**
 * As much of the management host as a login of the Azure CLI asks for: the subscriptions and tenants of the client.
 * Vaults cannot be managed there: each is there as soon as its host is named.
 */
export function handleManagement(request: VaultRequest): Reply {
  if (request.query.get('api-version') === null)
    return errorReply(badParameter('api-version must be specified.').details);
  const path = request.path.replace(/\/+$/, '').toLowerCase();
  if (request.method === 'GET' && path === '/subscriptions') return ok({ value: [subscription()] });
  if (request.method === 'GET' && path === `/subscriptions/${SUBSCRIPTION_ID}`) return ok(subscription());
  if (request.method === 'GET' && path === '/tenants') return ok({ value: [tenant()] });
  return errorReply(
    notImplemented(`keyferry-vault plays no more of ${MANAGEMENT_HOST} than a login asks for.`).details,
  );
}

function subscription() {
  return {
    id: `/subscriptions/${SUBSCRIPTION_ID}`,
    subscriptionId: SUBSCRIPTION_ID,
    tenantId: TENANT_ID,
    displayName: 'keyferry-vault emulator',
    state: 'Enabled',
    authorizationSource: 'RoleBased',
    managedByTenants: [],
  };
}

function tenant() {
  return { id: `/tenants/${TENANT_ID}`, tenantId: TENANT_ID, displayName: 'keyferry-vault emulator', domains: [] };
}

/*
 * The clients that the directory stub knows. These are published constants and no secrets: they protect nothing, and only
 * the emulator takes them.
 */

export const TENANT_ID = '6b657966-6572-7279-8000-74656e616e74';
export const CLIENT_SECRET = 'keyferry-vault-public-constant-not-a-secret';

/** By what they are for; `permissions.ts` says what each may do. */
export const CLIENT_IDS = {
  admin: '6b657966-6572-7279-8000-636c69656e74',
  importer: '6b657966-6572-7279-8000-696d706f7274',
  user: '6b657966-6572-7279-8000-7573656b6579',
} as const;

export type ClientName = keyof typeof CLIENT_IDS;

export const CLIENT_NAMES = Object.keys(CLIENT_IDS) as readonly ClientName[];

/** The client that may do everything. */
export const STUB_CLIENT = { tenantId: TENANT_ID, clientId: CLIENT_IDS.admin, clientSecret: CLIENT_SECRET } as const;

/** Null for an id that is none of them. */
export function clientOfId(id: string | null): ClientName | null {
  return CLIENT_NAMES.find((name) => CLIENT_IDS[name] === id?.toLowerCase()) ?? null;
}

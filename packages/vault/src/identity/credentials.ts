/**
 * The one client that the directory stub knows. These are published constants and no secrets: they protect nothing,
 * and only the emulator takes them.
 */
export const STUB_CLIENT = {
  tenantId: '6b657966-6572-7279-8000-74656e616e74',
  clientId: '6b657966-6572-7279-8000-636c69656e74',
  clientSecret: 'keyferry-vault-public-constant-not-a-secret',
} as const;

/** What `--auth` can choose. No secret is ever an option: each takes its own from where Azure's other tools find it. */
export const LOGINS = [
  'default',
  'environment',
  'client-secret',
  'cli',
  'managed-identity',
  'workload-identity',
] as const;

export type Login = (typeof LOGINS)[number];

/** What `--auth` can choose. No secret is ever an option: each takes its own from where Azure's other tools find it. */
export const LOGINS = [
  'default',
  'environment',
  'cli',
  'managed-identity',
  'workload-identity',
  'client-secret',
  'client-certificate',
  'device-code',
  'browser',
] as const;

export type Login = (typeof LOGINS)[number];

/** A person takes part: the login lasts as long as that person takes. */
export function isInteractive(login: Login): boolean {
  return login === 'device-code' || login === 'browser';
}

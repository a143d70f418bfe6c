/** What a program's exit status says, the same in all four programs. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** A KEK rule, a target rule or a mode rule forbids it. */
  policy: 3,
  /** A thumbprint, manifest, blob or key does not match. */
  verification: 4,
  /** The HSM or its PKCS#11 module refused or failed. */
  hsm: 5,
  /** The service or the network failed, or the outcome is unknown. */
  service: 6,
  cancelled: 7,
  interrupted: 130,
} as const;

export type ExitName = keyof typeof EXIT;
export type ExitCode = (typeof EXIT)[ExitName];

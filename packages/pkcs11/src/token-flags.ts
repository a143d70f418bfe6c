/** What the token says about itself at this moment (CKF_*, PKCS#11 3.1 section 4.6.2.1). */
export interface TokenFlags {
  readonly writeProtected: boolean;
  readonly loginRequired: boolean;
  readonly userPinInitialized: boolean;
  /** The token asks for the PIN itself, on a keypad of its own. */
  readonly protectedAuthenticationPath: boolean;
  readonly initialized: boolean;
  /** At least one wrong PIN was given since the last right one. */
  readonly userPinCountLow: boolean;
  /** One more wrong PIN locks it. */
  readonly userPinFinalTry: boolean;
  readonly userPinLocked: boolean;
  readonly userPinToBeChanged: boolean;
  readonly soPinCountLow: boolean;
  readonly soPinFinalTry: boolean;
  readonly soPinLocked: boolean;
  readonly soPinToBeChanged: boolean;
  readonly errorState: boolean;
}

const BITS: Readonly<Record<keyof TokenFlags, number>> = {
  writeProtected: 0x2,
  loginRequired: 0x4,
  userPinInitialized: 0x8,
  protectedAuthenticationPath: 0x100,
  initialized: 0x400,
  userPinCountLow: 0x1_0000,
  userPinFinalTry: 0x2_0000,
  userPinLocked: 0x4_0000,
  userPinToBeChanged: 0x8_0000,
  soPinCountLow: 0x10_0000,
  soPinFinalTry: 0x20_0000,
  soPinLocked: 0x40_0000,
  soPinToBeChanged: 0x80_0000,
  errorState: 0x100_0000,
};

export function decodeTokenFlags(bits: number): TokenFlags {
  const names = Object.keys(BITS) as (keyof TokenFlags)[];
  return Object.fromEntries(names.map((name) => [name, (bits & BITS[name]) !== 0])) as Record<
    keyof TokenFlags,
    boolean
  >;
}

/** The flags about the PIN of one user, by names that do not depend on the user. */
export function pinFlags(flags: TokenFlags, user: 'user' | 'so') {
  return user === 'user'
    ? { countLow: flags.userPinCountLow, finalTry: flags.userPinFinalTry, locked: flags.userPinLocked }
    : { countLow: flags.soPinCountLow, finalTry: flags.soPinFinalTry, locked: flags.soPinLocked };
}

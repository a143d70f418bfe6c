/** What a token says about one of its mechanisms (CK_MECHANISM_INFO, PKCS#11 3.1 section 3.5). */
export interface MechanismInfo {
  /** In the unit of the mechanism: bits for RSA and EC, bytes for AES, and some tokens confuse them. */
  readonly minKeySize: number;
  readonly maxKeySize: number;
  readonly flags: MechanismFlags;
}

export interface MechanismFlags {
  readonly wrap: boolean;
  readonly unwrap: boolean;
  readonly generate: boolean;
  readonly generateKeyPair: boolean;
  readonly encrypt: boolean;
  readonly decrypt: boolean;
  readonly sign: boolean;
  readonly verify: boolean;
  /** A device does it, not a program. */
  readonly hardware: boolean;
}

const BITS: Readonly<Record<keyof MechanismFlags, number>> = {
  hardware: 0x1,
  encrypt: 0x100,
  decrypt: 0x200,
  sign: 0x800,
  verify: 0x2000,
  generate: 0x8000,
  generateKeyPair: 0x1_0000,
  wrap: 0x2_0000,
  unwrap: 0x4_0000,
};

export function decodeMechanismFlags(bits: number): MechanismFlags {
  const names = Object.keys(BITS) as (keyof MechanismFlags)[];
  return Object.fromEntries(names.map((name) => [name, (bits & BITS[name]) !== 0])) as Record<
    keyof MechanismFlags,
    boolean
  >;
}

/** A token of some module for tests: SoftHSM2, NSS softokn, or the overlay over SoftHSM2. */
export interface HsmUnderTest {
  /** What plays it: `SoftHSM2`, `NSS`, `overlay`. */
  readonly name: string;
  /** Path of the PKCS#11 module. */
  readonly module: string;
  /** The initialisation string that the module wants, if any. */
  readonly moduleParameters?: string | undefined;
  readonly label: string;
  readonly pin: string;
  /** null where the module has no security officer to log in as. */
  readonly soPin: string | null;
  /** Holds the PIN of the user. Mode 0600. */
  readonly pinFile: string;
  /** What a program that uses the token needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
}

interface Policy {
  /** What the emulator takes with the switch on. */
  readonly accepts: string;
  /** What is known of the service. */
  readonly known: string;
}

/**
 * What the documents of the service leave open. Each switch makes the emulator lenient in one point;
 * without it the emulator is strict.
 */
export const POLICIES = {
  'padded-base64url': {
    accepts: 'base64url with "=" padding in key_hsm and ciphertext',
    known:
      'A vendor has published a blob with padding in ciphertext that the service took; its documents say base64url.',
  },
  'unversioned-kid': {
    accepts: 'a kid without version, which then means the newest one',
    known: 'The specification shows a kid with version; whether the service takes another one is unknown.',
  },
  'extra-members': {
    accepts: 'unknown members in the blob and in its header',
    known: 'The specification lists the members; whether the service looks at others is unknown.',
  },
  'short-aes-key': {
    accepts: 'a wrapping AES key of 128 or 192 bits',
    known: 'The specification names no size; every tool whose source is public uses 256 bits.',
  },
  'schema-version-1.0': {
    accepts: 'schema_version 1.0 beside 1.0.0',
    known: 'The service itself writes 1.0 into the blobs of Secure Key Release; whether it imports them is unknown.',
  },
  'other-public-exponent': {
    accepts: 'an RSA key whose public exponent is another odd number than 65537, from 3 to 64 bits',
    known: 'Every RSA key in the documents of the service has 65537; whether it imports others is unknown.',
  },
} as const satisfies Readonly<Record<string, Policy>>;

export type PolicyName = keyof typeof POLICIES;

export const POLICY_NAMES = Object.keys(POLICIES) as readonly PolicyName[];

/** The switches that are on. */
export type Policies = ReadonlySet<PolicyName>;

export const STRICT: Policies = new Set();

/** What nobody can tell from outside of SoftHSM2: the emulator takes it, and the service may not. */
export const CANNOT_CHECK = [
  {
    what: 'bytes after the PKCS#8 of the target',
    why: 'SoftHSM2 reads the DER and ignores the rest; when it wraps it puts zeros there itself.',
  },
  {
    what: 'that d and the factors p, q, dP, dQ, qInv of an RSA key belong together',
    why: 'OpenSSL in SoftHSM2 signs with d when the factors fail, so a signature proves only that one of the two is right.',
  },
  {
    what: 'the public key inside the PKCS#8 of an EC key',
    why: 'SoftHSM2 does not keep it; the public key that the emulator shows is the one of the private value.',
  },
  {
    what: 'whether the private value of an EC key is below the order of its curve',
    why: 'SoftHSM2 does not show the value, and signs with what is left of it modulo the order.',
  },
  {
    what: 'the object identifier of an RSA key: rsaEncryption or RSASSA-PSS',
    why: 'SoftHSM2 keeps both as the same RSA key.',
  },
  {
    what: 'whether the DER of the target is canonical, and attributes in its PKCS#8',
    why: 'SoftHSM2 shows the numbers in it, not how they were written.',
  },
  {
    what: 'the version numbers in the target, and the parameters of rsaEncryption',
    why: 'SoftHSM2 reads over them.',
  },
] as const;

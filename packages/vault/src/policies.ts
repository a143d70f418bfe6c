/**
 * What the documents of the service leave open. Each switch makes the emulator lenient in one point;
 * without it the emulator is strict.
 */
export const POLICIES = {
  'padded-base64url':
    'Accept base64url with "=" padding in key_hsm and ciphertext. A published sample that the service took has it.',
  'unversioned-kid':
    'Accept a kid without version and take the newest one. The specification shows a versioned kid; nothing is known of others.',
  'extra-members': 'Accept unknown members in the blob and its header. Nothing is known.',
  'short-aes-key':
    'Accept an AES key of 128 or 192 bits as the wrapping key. Every tool whose source is public uses 256; nothing is known of others.',
  'schema-version-1.0':
    'Accept schema_version 1.0, which the service itself writes into blobs of Secure Key Release. Nothing is known.',
} as const;

export type PolicyName = keyof typeof POLICIES;

/** The switches that are on. */
export type Policies = ReadonlySet<PolicyName>;

export const STRICT: Policies = new Set();

import { type ErrorCode, KeyferryError } from '@keyferry/errors';
import { isHsmError } from '@keyferry/pkcs11';

/** Errors that say something about one key or its output; after any other one the rest would fail as well, or must not go on. */
const OF_ONE_KEY: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'URI_INVALID',
  'SECRET_IN_ARGV',
  'USAGE',
  'TOKEN_NOT_FOUND',
  'TOKEN_AMBIGUOUS',
  'KEY_NOT_FOUND',
  'KEY_AMBIGUOUS',
  'KEY_UNSUPPORTED',
  'KEY_NOT_EXTRACTABLE',
  'KEY_NEEDS_TRUSTED_KEK',
  'TARGET_NOT_IN_VAULT',
  'PUBLIC_KEY_INVALID',
  'MANIFEST_INVALID',
  'MECHANISM_MISSING',
  'MECHANISM_NOT_RFC5649',
  'PROBE_IMPOSSIBLE',
  'REHEARSAL_FAILED',
  'REHEARSAL_IMPOSSIBLE',
  'WRAP_PRODUCT',
  'HSM_ERROR',
  'OUTPUT_EXISTS',
]);

/** The device, the session or the login is gone (CKR_HOST_MEMORY, DEVICE_*, SESSION_*, TOKEN_*, USER_NOT_LOGGED_IN, ...). */
const OF_THE_TOKEN = [0x2, 0x30, 0x31, 0x32, 0xb0, 0xb3, 0xe0, 0xe1, 0x101, 0x190];

/** Whether the other keys of a batch may still succeed after this error. */
export function concernsOneKey(error: unknown): error is KeyferryError {
  return error instanceof KeyferryError && OF_ONE_KEY.has(error.code) && !isHsmError(error, ...OF_THE_TOKEN);
}

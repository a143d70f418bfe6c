import { z } from 'zod';
import { plainText } from './format-parts.js';
import { KID_PATTERN } from './kid.js';

/** No blob is larger: bytes. The largest that a known key makes has about 4 KiB. */
export const MAX_BLOB_BYTES = 64 * 1024;

/** The blob as Microsoft's specification of bring your own key describes it. Members beyond these are reported. */
export const byokSchema = z.looseObject({
  schema_version: z.literal('1.0.0'),
  header: z.looseObject({
    /** The versioned identifier of the KEK. */
    kid: z.string().meta({ pattern: KID_PATTERN.source }),
    alg: z.literal('dir'),
    enc: z.literal('CKM_RSA_AES_KEY_WRAP'),
  }),
  /** base64url of the wrapped AES key, followed by the wrapped target key. */
  ciphertext: z.string().meta({ pattern: '^[A-Za-z0-9_-]+={0,2}$' }),
  /** BYOK tool name and version; source HSM name and firmware version. */
  generator: plainText,
});

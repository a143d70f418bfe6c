import { z } from 'zod';
import {
  kidText,
  plainText,
  rsaPublicKey,
  thumbprint,
  tool,
  unixSeconds,
  utcTime,
  vaultKind,
  vaultUrl,
} from './format-parts.js';

/** keyferry/kek/1: what the file NAME.kek.json holds. */
export const kekFileSchema = z.strictObject({
  schema: z.literal('keyferry/kek/1'),
  kid: kidText,
  key: rsaPublicKey,
  thumbprint,
  keyOps: z.array(plainText),
  attributes: z.strictObject({
    enabled: z.boolean().nullable(),
    exp: unixSeconds.nullable(),
    nbf: unixSeconds.nullable(),
    hsmPlatform: plainText.nullable(),
  }),
  vault: z.strictObject({ url: vaultUrl, kind: vaultKind }),
  attestation: z.record(z.string(), z.unknown()).nullable(),
  fetchedAt: utcTime,
  tool,
});

const operations = z.array(plainText).nullish();
const isoTime = z.iso.datetime({ offset: true }).nullish();

/** What is looked at in the output of `az keyvault key show` and in an answer of the REST API; the rest is ignored. */
export const azKeySchema = z.looseObject({
  key: z.looseObject({ kid: z.string().nullish(), kty: z.string(), keyOps: operations, key_ops: operations }),
  attributes: z
    .looseObject({
      enabled: z.boolean().nullish(),
      expires: isoTime,
      notBefore: isoTime,
      exp: unixSeconds.nullish(),
      nbf: unixSeconds.nullish(),
      hsmPlatform: plainText.nullish(),
      attestation: z.unknown().optional(),
    })
    .nullish(),
});

/** What is looked at in a bare JWK (RFC 7517 section 4). */
export const jwkKekSchema = z.looseObject({ kid: z.string().nullish(), kty: z.string(), key_ops: operations });

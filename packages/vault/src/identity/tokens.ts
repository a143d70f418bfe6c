import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { STUB_CLIENT } from './credentials.js';

export const TOKEN_SECONDS = 3600;

const HEADER = encode({ typ: 'JWT', alg: 'HS256', kid: 'keyferry-vault' });

const claimsSchema = z.object({
  iss: z.string(),
  aud: z.string(),
  appid: z.string(),
  nbf: z.number(),
  exp: z.number(),
});

export interface Tokens {
  /** An access token for a resource such as https://vault.azure.net. `now` in Unix seconds. */
  issue(resource: string, now: number): string;
  /** Null when the token is good for the resource, else the reason. */
  fault(token: string, resource: string, now: number): string | null;
}

/** Access tokens (RFC 7519, HS256), signed by a key that lives as long as the process. */
export function makeTokens(key: Buffer = randomBytes(32)): Tokens {
  const iss = `https://sts.windows.net/${STUB_CLIENT.tenantId}/`;
  const sign = (text: string) => createHmac('sha256', key).update(text).digest();

  return {
    issue(resource, now) {
      const { clientId, tenantId } = STUB_CLIENT;
      const lifetime = { iat: now, nbf: now, exp: now + TOKEN_SECONDS };
      const who = { appid: clientId, azp: clientId, oid: clientId, sub: clientId, tid: tenantId, ver: '1.0' };
      const signed = `${HEADER}.${encode({ aud: resource, iss, ...lifetime, ...who })}`;
      return `${signed}.${sign(signed).toString('base64url')}`;
    },

    fault(token, resource, now) {
      const [header = '', payload = '', signature = '', ...more] = token.split('.');
      if (more.length > 0 || header !== HEADER) return 'The token was not issued by this emulator.';
      const expected = sign(`${header}.${payload}`);
      const given = Buffer.from(signature, 'base64url');
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'The signature is invalid.';
      const claims = claimsSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
      if (claims.aud !== resource) return `The token is for ${claims.aud}, expected ${resource}.`;
      if (now < claims.nbf || now >= claims.exp) return 'The token has expired or is not valid yet.';
      return null;
    },
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

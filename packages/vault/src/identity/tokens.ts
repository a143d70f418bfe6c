import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { CLIENT_IDS, CLIENT_NAMES, type ClientName, TENANT_ID } from './credentials.js';

export const TOKEN_SECONDS = 3600;

/** A federated token is made at the start, and lives as long as the certificates of that start. */
export const FEDERATED_SECONDS = 30 * 24 * 3600;
/** The audience that the identity service asks of a federated token. */
const FEDERATED_AUDIENCE = 'api://AzureADTokenExchange';

/** Tokens whose signature is not checked again; some hundred bytes each. */
const MOST_REMEMBERED = 1000;

const HEADER = encode({ typ: 'JWT', alg: 'HS256', kid: 'keyferry-vault' });
const ISSUER = `https://sts.windows.net/${TENANT_ID}/`;
const FEDERATED_ISSUER = 'https://workloads.keyferry-vault.invalid';

const claimsSchema = z.object({
  iss: z.string(),
  aud: z.string(),
  nbf: z.number(),
  exp: z.number(),
  roles: z.array(z.string()).default([]),
});
type Claims = z.output<typeof claimsSchema>;

/** Who asks, or why the token is not good. */
export type Verified = { readonly client: ClientName } | { readonly fault: string };

export interface Tokens {
  /** An access token of a client for a resource such as https://vault.azure.net. `now` in Unix seconds. */
  issue(resource: string, client: ClientName, now: number): string;
  /** Checks signature, issuer, audience (one of these) and lifetime of an access token, and reads its role. */
  verify(token: string, audiences: readonly string[], now: number): Verified;
  /** The token of a workload, which each client takes in place of its secret (RFC 7523 section 2.2). */
  issueFederated(now: number): string;
  /** Null when a federated token is good, else the reason. */
  federatedFault(token: string, now: number): string | null;
}

/** JSON Web Tokens (RFC 7519, HS256), signed by a key that lives as long as the process. */
export function makeTokens(key: Buffer = randomBytes(32)): Tokens {
  const sign = (text: string) => createHmac('sha256', key).update(text).digest();
  const jwt = (claims: object) => {
    const text = `${HEADER}.${encode(claims)}`;
    return `${text}.${sign(text).toString('base64url')}`;
  };
  const signed = new Map<string, Claims>();
  /** The claims of a token that this emulator has signed. A client sends the same one for an hour: it is opened once. */
  const claimsOf = (token: string): Claims | string => {
    const known = signed.get(token);
    if (known !== undefined) return known;
    const [header = '', payload = '', signature = '', ...more] = token.split('.');
    if (more.length > 0 || header !== HEADER) return 'The token was not issued by this emulator.';
    const expected = sign(`${header}.${payload}`);
    const given = Buffer.from(signature, 'base64url');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'The signature is invalid.';
    const claims = claimsSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
    if (signed.size >= MOST_REMEMBERED) signed.clear();
    signed.set(token, claims);
    return claims;
  };
  const read = (token: string, issuer: string, audiences: readonly string[], now: number): Claims | string => {
    const claims = claimsOf(token);
    if (typeof claims === 'string') return claims;
    if (claims.iss !== issuer) return `The token is of ${claims.iss}, expected ${issuer}.`;
    if (!audiences.includes(claims.aud)) return `The token is for ${claims.aud}, expected ${audiences[0]}.`;
    if (now < claims.nbf || now >= claims.exp) return 'The token has expired or is not valid yet.';
    return claims;
  };

  return {
    issue(resource, client, now) {
      const id = CLIENT_IDS[client];
      const lifetime = { iat: now, nbf: now, exp: now + TOKEN_SECONDS };
      const who = { appid: id, azp: id, oid: id, sub: id, tid: TENANT_ID, ver: '1.0', roles: [roleOf(client)] };
      return jwt({ aud: resource, iss: ISSUER, ...lifetime, ...who });
    },
    verify(token, audiences, now) {
      const claims = read(token, ISSUER, audiences, now);
      if (typeof claims === 'string') return { fault: claims };
      const client = CLIENT_NAMES.find((name) => claims.roles.includes(roleOf(name)));
      return client === undefined ? { fault: 'The token names no role of this emulator.' } : { client };
    },
    issueFederated(now) {
      const lifetime = { iat: now, nbf: now, exp: now + FEDERATED_SECONDS };
      return jwt({ aud: FEDERATED_AUDIENCE, iss: FEDERATED_ISSUER, sub: 'keyferry-vault', ...lifetime });
    },
    federatedFault(token, now) {
      const claims = read(token, FEDERATED_ISSUER, [FEDERATED_AUDIENCE], now);
      return typeof claims === 'string' ? claims : null;
    },
  };
}

function roleOf(client: ClientName): string {
  return `KeyferryVault.${client}`;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

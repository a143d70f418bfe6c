import type { RsaPublicJwk } from './jwk.js';
import type { KekAttributes } from './kek.js';
import { readKek } from './kek-reading.js';
import type { Kid } from './kid.js';
import { thumbprintOf } from './thumbprint.js';

/** What `keyferry-import` knows about a KEK that it hands out. */
export interface KekFileContent {
  readonly kid: Kid;
  readonly key: RsaPublicJwk;
  readonly keyOps: readonly string[];
  readonly attributes: KekAttributes;
  /** As the service gave it; null when there is none. */
  readonly attestation: unknown;
  /** RFC 3339, UTC. */
  readonly fetchedAt: string;
  readonly tool: { readonly name: string; readonly version: string };
}

/**
 * Writes keyferry/kek/1: UTF-8 without a byte order mark, indented by two spaces, a newline at the end. It is read
 * again before it is handed out: what readKek would refuse is never written.
 */
export function writeKekFile(content: KekFileContent): Buffer {
  const { kid, key, keyOps, attributes, attestation, fetchedAt, tool } = content;
  const file = {
    schema: 'keyferry/kek/1',
    kid: kid.text,
    key: { kty: key.kty, n: key.n, e: key.e },
    thumbprint: thumbprintOf(key),
    keyOps,
    attributes: {
      enabled: attributes.enabled,
      exp: attributes.exp,
      nbf: attributes.nbf,
      hsmPlatform: attributes.hsmPlatform,
    },
    vault: { url: kid.vault.url, kind: kid.vault.kind },
    attestation: attestation ?? null,
    fetchedAt,
    tool: { name: tool.name, version: tool.version },
  };
  const bytes = Buffer.from(`${JSON.stringify(file, null, 2)}\n`);
  readKek(bytes);
  return bytes;
}

import { rm } from 'node:fs/promises';
import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';
import { z } from 'zod';
import { type DataFolder, dataFolder, replaceFile } from './folder.js';
import { isLocked } from './lock.js';

const endpointSchema = z.strictObject({
  schema: z.literal('keyferry/vault-endpoint/1'),
  pid: z.int(),
  proxyUrl: z.string(),
  /** Port of the TLS listener on 127.0.0.1. */
  tlsPort: z.int(),
  caFile: z.string(),
  /** The admin endpoint, on loopback. */
  adminUrl: z.string(),
  /** Holds the bearer token of the admin endpoint; mode 0600. */
  adminTokenFile: z.string(),
  /** Holds the token of a workload, for AZURE_FEDERATED_TOKEN_FILE; mode 0600. */
  federatedTokenFile: z.string(),
});

/** How to reach a running server. */
export type Endpoint = Omit<z.output<typeof endpointSchema>, 'schema'>;

export function writeEndpoint(folder: DataFolder, endpoint: Endpoint): Promise<void> {
  return replaceFile(folder.endpoint, `${JSON.stringify({ schema: 'keyferry/vault-endpoint/1', ...endpoint })}\n`);
}

export function removeEndpoint(folder: DataFolder): Promise<void> {
  return rm(folder.endpoint, { force: true });
}

/** The endpoint of the server that runs on this folder. Throws VAULT_NOT_RUNNING. */
export async function readEndpoint(path: string): Promise<Endpoint> {
  const folder = dataFolder(path);
  try {
    if (await isLocked(folder.path)) {
      const text = (await readBoundedFile(folder.endpoint, { maxBytes: 16 * 1024 })).toString();
      const { schema: _, ...endpoint } = endpointSchema.parse(JSON.parse(text));
      return endpoint;
    }
  } catch (cause) {
    throw notRunning(folder, cause);
  }
  throw notRunning(folder);
}

function notRunning({ path }: DataFolder, cause?: unknown): KeyferryError {
  return new KeyferryError('VAULT_NOT_RUNNING', {
    reason: `expected a server on ${path}, found none that is ready`,
    hint: `start it first: keyferry-vault serve --data ${path}`,
    ...(cause !== undefined && { cause }),
  });
}

import type { IncomingMessage } from 'node:http';
import type { VaultRequest } from './message.js';

/** The largest blob is about 4 KiB; the rest is room for tags. */
export const MAX_BODY_BYTES = 64 * 1024;

/** For every server of the emulator. */
export const HTTP_LIMITS = {
  maxHeaderSize: 16 * 1024,
  /** Milliseconds, as the next ones. */
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // How often Node looks for those that are over time.
  connectionsCheckingInterval: 2_000,
  // As long as those of the service: a client that reuses a connection must not meet its end.
  keepAliveTimeout: 120_000,
  // Node would answer by itself, without our mark.
  requireHostHeader: false,
} as const;

/**
 * Reads a whole request, whose body may hold a key: whoever asked for it fills it with zeros in the end. Null when its body is larger than the limit; the rest is not read.
 */
export async function readRequest(request: IncomingMessage): Promise<VaultRequest | null> {
  const body = await readWhole(request);
  if (body === null) return null;
  const [path = '', query] = (request.url ?? '').split('?', 2);
  return {
    method: request.method ?? '',
    path,
    query: new URLSearchParams(query),
    headers: request.headers as VaultRequest['headers'],
    body,
  };
}

async function readWhole(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_BODY_BYTES) return null;
    }
    return Buffer.concat(chunks);
  } finally {
    for (const chunk of chunks) chunk.fill(0);
  }
}

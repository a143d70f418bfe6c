import type { ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { Reply } from './message.js';
import { EMULATOR_HEADER } from './version.js';

/** Into how many pieces a slow body is cut. */
const PIECES = 8;

/** Sends a reply, its body within `slowMs` milliseconds if that is not 0; a client that goes away ends it. */
export async function sendReply(
  response: ServerResponse,
  reply: Reply,
  slowMs: number,
  gone: AbortSignal,
): Promise<void> {
  const text = reply.text ?? (reply.body === undefined ? '' : JSON.stringify(reply.body));
  const bytes = Buffer.from(text);
  response.writeHead(reply.status, {
    ...(text !== '' && { 'content-type': 'application/json; charset=utf-8' }),
    // 204 has no body, and so no length (RFC 9110 section 8.6).
    ...(reply.status !== 204 && { 'content-length': bytes.length }),
    'cache-control': 'no-cache',
    ...EMULATOR_HEADER,
    ...reply.headers,
  });
  if (slowMs > 0) {
    response.flushHeaders();
    const size = Math.ceil(bytes.length / PIECES);
    for (let piece = 0; piece < PIECES && !gone.aborted; piece += 1) {
      await setTimeout(slowMs / PIECES, undefined, { signal: gone }).catch(() => undefined);
      response.write(bytes.subarray(piece * size, (piece + 1) * size));
    }
    response.end();
  } else response.end(bytes);
}

import { ok, type Reply } from './message.js';
import { VERSION } from './version.js';

/** GET /health on any host and on the admin endpoint: asks for no token and says nothing of the keys but their number. */
export function makeHealth(keyCount: () => number, startedAt: Date = new Date()): () => Reply {
  return () =>
    ok({
      status: 'ok',
      emulator: `keyferry-vault/${VERSION}`,
      startedAt: startedAt.toISOString(),
      keyVersions: keyCount(),
    });
}

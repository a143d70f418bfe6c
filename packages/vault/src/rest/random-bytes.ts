import { z } from 'zod';
import { type KeysRequest, ok, type Reply } from '../message.js';
import { readBody } from './body.js';
import type { Context } from './context.js';

/** As many as the service gives at once. */
const MOST_BYTES = 128;

const randomBody = z.object({ count: z.int().min(1).max(MOST_BYTES) });

/** POST /rng: bytes of the token's random number generator. */
export function randomBytes(request: KeysRequest, { engine }: Context): Reply {
  const { count } = readBody(randomBody, request.body);
  return ok({ value: engine.random(count).toString('base64url') });
}

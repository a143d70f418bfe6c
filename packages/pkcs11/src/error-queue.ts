import { randomBytes } from 'node:crypto';

/**
 * A module that stands on OpenSSL (SoftHSM) finds Node's copy of it in the same process and leaves its errors in Node's
 * queue of this thread. `createPrivateKey` would take the next one for its own and refuse a good key. Any call that ends
 * with a clean queue will do.
 */
export function clearErrorQueue(): void {
  randomBytes(1);
}

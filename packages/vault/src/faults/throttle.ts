import type { KeyRecord } from '../keys/record.js';
import type { Records } from '../keys/records.js';
import type { KeysRequest, Reply } from '../message.js';
import { throttled } from './fault-reply.js';

const WINDOW_MS = 10_000;

/**
 * The published limits of one vault in 10 seconds. Operations are weighted and summed: 2,000 with RSA-2048 and EC keys,
 * 500 with RSA-3072, 250 with RSA-4096, so one of RSA-4096 weighs 8.
 */
const LIMITS = { create: 10, import: 300, use: 2000 } as const;
type Kind = keyof typeof LIMITS;

const WEIGHTS: Readonly<Record<number, number>> = { 3072: 4, 4096: 8 };

/** Null when the request may pass, else the 429. */
export type Throttle = (request: KeysRequest, records: Records) => Reply | null;

/**
 * Holds requests to vaults to the limits that the service publishes, each vault for itself, in windows of 10 seconds that
 * begin with the first request. What is published for Managed HSMs, and for software keys, is of another kind: they pass.
 * Whether the service says Retry-After is unknown; this does. `now` in milliseconds, of a clock that only goes on.
 */
export function makeThrottle(now: () => number = () => performance.now()): Throttle {
  const windows = new Map<string, { readonly until: number; readonly used: Record<Kind, number> }>();
  return (request, records) => {
    if (request.host.kind !== 'vault') return null;
    const cost = costOf(request, records);
    if (cost === null) return null;
    const { host } = request.host;
    let window = windows.get(host);
    if (window === undefined || now() >= window.until) {
      window = { until: now() + WINDOW_MS, used: { create: 0, import: 0, use: 0 } };
      windows.set(host, window);
    }
    if (window.used[cost.kind] + cost.weight > LIMITS[cost.kind]) {
      return throttled(Math.max(1, Math.ceil((window.until - now()) / 1000)));
    }
    window.used[cost.kind] += cost.weight;
    return null;
  };
}

function costOf(request: KeysRequest, records: Records): { kind: Kind; weight: number } | null {
  const [root = '', name, ...rest] = request.path.split('/').filter((part) => part !== '');
  if (root.toLowerCase() !== 'keys') return null;
  if (request.method === 'PUT' && rest.length === 0) return { kind: 'import', weight: 1 };
  if (request.method === 'POST' && rest.at(-1)?.toLowerCase() === 'create') {
    return namesHsmKey(request.body) ? { kind: 'create', weight: 1 } : null;
  }
  const key = name === undefined ? undefined : records.newest(request.host.host, name);
  return key?.hsm === false ? null : { kind: 'use', weight: weightOf(key) };
}

function namesHsmKey(body: Buffer): boolean {
  return /"kty"\s*:\s*"[A-Za-z]+-HSM"/i.test(body.toString('utf8'));
}

function weightOf(key: KeyRecord | undefined): number {
  return key?.material.type === 'RSA' ? (WEIGHTS[key.material.bits] ?? 1) : 1;
}

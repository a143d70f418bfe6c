import { randomBytes } from 'node:crypto';
import { LOGIN_OPTIONS, type Login } from '@keyferry/azure';
import type { Cloud } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import type { Terminal } from '@keyferry/terminal';
import { openVault, type Tags, type Vault } from './vault.js';

/** The options of every command that speaks to a vault. */
export const VAULT_OPTIONS = {
  'vault-url': {
    type: 'string',
    demandOption: true,
    requiresArg: true,
    describe: 'https://NAME.vault.azure.net or https://NAME.managedhsm.azure.net',
  },
  ...LOGIN_OPTIONS,
  timeout: {
    type: 'number',
    default: 30,
    requiresArg: true,
    describe: 'seconds that one exchange with the vault may take, with login',
  },
} as const;

/** Those of a command about one key of it. */
export const SERVICE_OPTIONS = {
  ...VAULT_OPTIONS,
  name: { type: 'string', demandOption: true, requiresArg: true, describe: 'name of the key in the vault' },
} as const;

export interface VaultArguments {
  readonly vaultUrl: string;
  readonly auth: Login;
  readonly cloud: Cloud | undefined;
  readonly timeout: number;
}

/** The vault that a command line names. @throws USAGE, VAULT_URL_INVALID, LOGIN_FAILED. */
export function vaultOf(
  args: VaultArguments,
  terminal: Terminal,
  signal: AbortSignal,
  onThrottled: (retryAfter: number | null) => void = () => {},
): Promise<Vault> {
  return openVault(args.vaultUrl, {
    login: args.auth,
    cloud: args.cloud ?? null,
    // A person cannot log in without having read it, so it is shown also with --quiet.
    prompt: (text) => terminal.warn(text),
    timeLimit: timeLimit(args.timeout),
    signal,
    onThrottled,
  });
}

/** Milliseconds before each further look for a key whose answer was lost: the service may still be at work. */
export const PAUSES: readonly number[] = [500, 1500];

/** Milliseconds that a vault which throttles is waited for. */
export const PATIENCE = 120_000;

/** Up to 127 letters, digits and hyphens, as the service wants them. @throws USAGE. */
export function keyName(text: string): string {
  if (!/^[0-9a-zA-Z-]{1,127}$/.test(text)) {
    throw usage('--name', '1 to 127 letters, digits and hyphens', text);
  }
  return text;
}

/** Fills {date} (20261123), {time} (220000), both in UTC, and {random} (8 hex digits) into a name. */
export function nameFrom(template: string, now: Date): string {
  const digits = now.toISOString().replace(/\D/g, '');
  return template
    .replaceAll('{date}', digits.slice(0, 8))
    .replaceAll('{time}', digits.slice(8, 14))
    .replaceAll('{random}', () => randomBytes(4).toString('hex'));
}

/** A version of a key: 32 hex digits. @throws USAGE. */
export function keyVersion(text: string): string {
  if (!/^[0-9a-fA-F]{32}$/.test(text)) {
    throw usage('--version', '32 hex digits', text);
  }
  return text;
}

/** Seconds to milliseconds. @throws USAGE. */
export function timeLimit(seconds: number): number {
  if (!(seconds > 0 && seconds <= 3600)) {
    throw usage('--timeout', 'seconds, at most 3600', String(seconds));
  }
  return Math.ceil(seconds * 1000);
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };

/** The SDK cuts seconds to 32 bits: a later date would arrive as one in the past. */
const LAST_SECOND = 0x7fff_ffff;

/** `90m`, `24h` or `7d` from now, in whole seconds. @throws USAGE. */
export function lifetimeFrom(now: Date, text: string): Date {
  const [, count, unit] = /^([1-9][0-9]{0,6})([mhd])$/.exec(text) ?? [];
  const seconds = Math.floor(now.getTime() / 1000) + Number(count) * (UNIT_SECONDS[unit ?? ''] ?? Number.NaN);
  if (!(seconds <= LAST_SECOND)) {
    throw usage('--expires-in', 'a time such as 90m, 24h or 7d that ends before 2038', text);
  }
  return new Date(seconds * 1000);
}

/** The times of --not-before and --expires in RFC 3339: the end in the future, and after the begin. @throws USAGE. */
export function validityOf(
  now: Date,
  { notBefore, expires }: { readonly notBefore: string | undefined; readonly expires: string | undefined },
): { notBefore: Date | null; expiresOn: Date | null } {
  const begin = notBefore === undefined ? null : instantOf('--not-before', notBefore, new Date(0));
  const after = begin !== null && begin > now ? begin : now;
  return { notBefore: begin, expiresOn: expires === undefined ? null : instantOf('--expires', expires, after) };
}

function instantOf(option: string, text: string, after: Date): Date {
  const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/;
  const instant = form.test(text) ? new Date(text) : new Date(Number.NaN);
  if (!(instant > after && instant.getTime() / 1000 <= LAST_SECOND)) {
    const when = after.getTime() === 0 ? 'an instant' : `an instant after ${after.toISOString()}`;
    throw usage(option, `${when} such as 2027-01-31T00:00:00Z, before 2038`, text);
  }
  return instant;
}

/** `k=v` each; the service takes up to 15 of them, each part up to 256 characters. @throws USAGE. */
export function tagsOf(texts: readonly string[] | undefined): Tags {
  const tags = new Map<string, string>();
  for (const text of texts ?? []) {
    const at = text.indexOf('=');
    const key = text.slice(0, at);
    if (at < 1 || key.length > 256 || text.length - at > 257 || tags.has(key)) {
      throw usage('--tag', 'name=value, each name once, each part up to 256 characters', text);
    }
    tags.set(key, text.slice(at + 1));
  }
  if (tags.size > 15) {
    throw usage('--tag', 'up to 15 tags', String(tags.size));
  }
  return Object.fromEntries(tags);
}

/** `sign,verify`, or the option given several times. */
export function listOf(texts: readonly string[] | undefined): string[] | undefined {
  return texts?.flatMap((text) => text.split(',')).map((text) => text.trim());
}

function usage(option: string, expected: string, found: string): KeyferryError {
  return new KeyferryError('USAGE', { reason: `${option}: expected ${expected}, found ${JSON.stringify(found)}` });
}

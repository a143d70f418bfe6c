import { basename } from 'node:path';
import { type Kek, type Manifest, printable } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { sha256OfFile } from '@keyferry/files';
import { parsePkcs11Uri } from '@keyferry/pkcs11';
import type { OpenToken } from '@keyferry/token';
import { type Mode, modeFor, PRACTICE_NOTICE } from '../mode.js';
import type { Finder } from '../target/target.js';
import { findTrustedKek } from '../trust/trusted-kek.js';
import { findTrustedWrappingKey } from '../trust/trusted-wrapping-key.js';
import { type MechanismChoice, mechanismOptions } from './ladder.js';
import { type Prober, proberOf } from './probe.js';
import { REHEARSAL_WARNING } from './rehearsal.js';

export const wrappingOptions = {
  ...mechanismOptions,
  'strict-der': {
    type: 'boolean',
    default: false,
    describe: 'refuse an HSM that puts zeros behind the encoded key',
  },
  'no-probe': {
    type: 'boolean',
    default: false,
    describe: 'do not try the mechanism with a throwaway key first (the manifest says so)',
  },
  'rehearse-target': {
    type: 'boolean',
    default: false,
    describe: 'wrap and unwrap the real key once inside the HSM, and compare',
  },
  'trusted-wrapping-key': {
    type: 'string',
    describe:
      'AES key of the security officer (PKCS#11 URI) for a target that wants trusted wrapping keys; destroyed after use',
  },
  practice: { type: 'boolean', default: false, describe: 'mark everything as practice; --key may be a PEM file' },
  production: { type: 'boolean', default: false, describe: 'refuse software tokens and practice' },
} as const;

const NOT_EPHEMERAL_WARNING =
  "the security officer's AES key is not ephemeral: until it is destroyed, which follows its use here, it opens what was wrapped under it";

export interface WrappingArguments extends MechanismChoice {
  readonly strictDer: boolean;
  readonly noProbe: boolean;
  readonly rehearseTarget: boolean;
  readonly trustedWrappingKey?: string | undefined;
  readonly practice: boolean;
  readonly production: boolean;
}

/** What stays the same for all keys that are wrapped after one login. */
export interface Run extends OpenToken {
  readonly mode: Mode;
  /** The member `hsm` of the manifests. */
  readonly hsm: Manifest['hsm'];
  readonly finder: Finder;
  readonly args: WrappingArguments;
  /** The prober for KEKs of so many bits; null with --no-probe. */
  readonly prober: (kekBits: number) => Prober | null;
  /** The trusted object that is this KEK: looked up once, since what it holds is read back before each use anyway. */
  readonly trustedKek: (kek: Kek) => ReturnType<typeof findTrustedKek>;
  readonly trustedWrappingKey: ReturnType<typeof findTrustedWrappingKey> | null;
}

/**
 * Prepares a run, and says what the operator should know of it.
 * Errors: PRACTICE_REFUSED, URI_INVALID, KEY_NOT_FOUND, KEY_AMBIGUOUS, WRAPPING_KEY_UNSAFE.
 */
export async function startRun(
  open: OpenToken,
  args: WrappingArguments,
  warn: (text: string) => void,
  signal: AbortSignal,
  finder: Finder = open.session,
): Promise<Run> {
  const { session, token } = open;
  const mode = modeFor(token, args);
  if (mode === 'practice') warn(PRACTICE_NOTICE);
  if (args.rehearseTarget) warn(REHEARSAL_WARNING);
  if (args.trustedWrappingKey !== undefined) warn(NOT_EPHEMERAL_WARNING);
  const probers = new Map<number, Prober>();
  const trustedKeks = new Map<string, ReturnType<typeof findTrustedKek>>();
  return {
    ...open,
    mode,
    hsm: await describeHsm(open),
    finder,
    args,
    prober(kekBits) {
      if (args.noProbe) return null;
      const prober = probers.get(kekBits) ?? proberOf(session, token, kekBits, signal);
      probers.set(kekBits, prober);
      return prober;
    },
    trustedKek(kek) {
      const name = `${kek.kid.text} ${kek.thumbprint}`;
      const known = trustedKeks.get(name) ?? findTrustedKek(session, kek);
      trustedKeks.set(name, known);
      return known;
    },
    trustedWrappingKey:
      args.trustedWrappingKey === undefined
        ? null
        : findTrustedWrappingKey(session, parsePkcs11Uri(args.trustedWrappingKey)),
  };
}

/** It has done its duty as soon as it was used. Errors: HSM_LEFTOVER. */
export function destroyTrustedWrappingKey({ session, trustedWrappingKey }: Run): void {
  if (trustedWrappingKey === null) return;
  try {
    session.destroy(trustedWrappingKey.object);
  } catch (cause) {
    throw new KeyferryError('HSM_LEFTOVER', {
      reason: `the trusted wrapping key is still there: ${cause instanceof KeyferryError ? cause.reason : cause}`,
      hint: 'the security officer removes it: keyferry-wrap trust remove',
      cause,
    });
  }
}

async function describeHsm({ token, module }: OpenToken): Promise<Manifest['hsm']> {
  return {
    manufacturer: printable(token.manufacturer),
    model: printable(token.model),
    serial: printable(token.serial),
    firmware: printable(token.firmware),
    module: basename(module.path),
    moduleSha256: await sha256OfFile(module.path),
  };
}

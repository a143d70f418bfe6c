import { candidateTargets, type Kek, type Manifest, writeByok } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import type { Pkcs11Uri } from '@keyferry/pkcs11';
import { keyCheckValue } from '../target/key-check-value.js';
import { findPublicKey, type TargetPublicKey } from '../target/public-key.js';
import { findTarget, readTarget, requireExtractable, type Target, warningsOf } from '../target/target.js';
import { findTrustedKek } from '../trust/trusted-kek.js';
import { type Chosen, usableWrappings, ZERO_TAIL_WARNING } from './choose.js';
import { ladder, type Wrapping, wrappingName } from './ladder.js';
import { isRefusal } from './probe.js';
import { rehearse } from './rehearsal.js';
import type { Run } from './run.js';
import { describeTransfer, generatorOf } from './transfer-manifest.js';
import { type TrustedKeys, wrapTarget } from './wrap-target.js';

/** One key that shall cross. */
export interface TransferRequest {
  readonly kek: Kek;
  readonly key: Pkcs11Uri;
  /** Where the blob will be written; the manifest repeats its name. */
  readonly blobFile: string;
}

export interface Transferred {
  readonly blob: Buffer;
  readonly manifest: Manifest;
  readonly warnings: readonly string[];
}

/**
 * Wraps one key: finds it, reads what protects it, finds its public part, chooses and probes the mechanism, rehearses
 * where that is asked for, wraps, and describes all that in the manifest. Writes nothing.
 * Errors: KEY_*, KEK_NOT_AS_CONFIRMED, MECHANISM_*, PROBE_IMPOSSIBLE, REHEARSAL_*, WRAP_PRODUCT, HSM_*.
 */
export async function transferKey(run: Run, request: TransferRequest, signal: AbortSignal): Promise<Transferred> {
  const { session, token, finder, args } = run;
  const { kek } = request;
  const warnings: string[] = [];
  const found = findTarget(session, request.key, finder);
  const target = readTarget(session, found.object, found.class);
  requireExtractable(target);
  warnings.push(...warningsOf(target));
  const ways = waysFor(run, kek, target, ladder(token, target.type, args));
  signal.throwIfAborted();
  const publicKey = await findPublicKey(session, target, finder);
  const kcv = target.type === 'oct' ? await keyCheckValue(session, target.object) : null;
  signal.throwIfAborted();
  const { ciphertext, chosen, rehearsed } = await wrapBestWay(
    run,
    kek,
    target,
    ways,
    { publicKey, kcv },
    warnings,
    signal,
  );
  const bits = target.bits ?? (ciphertext.length - kek.bits / 8 - 8) * 8; // RFC 5649 adds 8 bytes to an AES key
  if (!isUsualLength(ciphertext.length, kek.bits, { ...target, bits })) {
    warnings.push(
      `a wrapped ${target.type} key of ${bits} bits is not expected to have ${ciphertext.length - kek.bits / 8} bytes`,
    );
  }
  const blob = writeByok({ kid: kek.kid, ciphertext, generator: generatorOf(token, run.mode) });
  const manifest = describeTransfer({
    run,
    request,
    target: { ...target, bits },
    publicKey,
    kcv,
    chosen,
    ephemeral: ways.trusted(chosen.wrapping)?.aesKey == null,
    rehearsed,
    blob,
  });
  return { blob, manifest, warnings };
}

interface Ways {
  readonly ladder: readonly Wrapping[];
  /** The trusted keys to wrap under; null where fresh ones do. */
  readonly trusted: (wrapping: Wrapping) => TrustedKeys | null;
}

/** A target with CKA_WRAP_WITH_TRUSTED goes under the trusted KEK in one call, or under a trusted AES key as well. */
function waysFor(run: Run, kek: Kek, target: Target, all: readonly Wrapping[]): Ways {
  const aesKey = run.trustedWrappingKey?.object ?? null;
  if (target.attributes.wrapWithTrusted !== true) {
    if (aesKey === null) return { ladder: all, trusted: () => null };
    throw new KeyferryError('USAGE', {
      reason: `key "${target.label}" does not ask for trusted wrapping keys (CKA_WRAP_WITH_TRUSTED is not true)`,
      hint: 'leave out --trusted-wrapping-key: a fresh AES key is better',
    });
  }
  const name = `key "${target.label}" has CKA_WRAP_WITH_TRUSTED=true`;
  const trustedKek = findTrustedKek(run.session, kek);
  if ('why' in trustedKek) {
    throw new KeyferryError('KEY_NEEDS_TRUSTED_KEK', {
      reason: `${name}, and this KEK is not trusted in the token: ${trustedKek.why}`,
      hint: 'the security officer runs: keyferry-wrap trust kek --kek FILE --token TOKEN',
    });
  }
  const possible = all.filter(({ mechanism }) => (mechanism === 'composite') === (aesKey !== null));
  if (possible.length === 0) {
    throw new KeyferryError('KEY_NEEDS_TRUSTED_KEK', {
      reason:
        aesKey === null
          ? `${name}, the KEK is trusted, but the token has no CKM_RSA_AES_KEY_WRAP for this key, and a fresh AES key is not trusted`
          : `${name}, and a trusted AES key is of use for the composite only`,
      hint:
        aesKey === null
          ? 'the security officer runs: keyferry-wrap trust wrapping-key --token TOKEN --label NAME; then add --trusted-wrapping-key'
          : 'leave out --mechanism, or --trusted-wrapping-key',
    });
  }
  return { ladder: possible, trusted: () => ({ kek: trustedKek.object, aesKey }) };
}

async function wrapBestWay(
  run: Run,
  kek: Kek,
  target: Target,
  ways: Ways,
  known: { readonly publicKey: TargetPublicKey; readonly kcv: string | null },
  warnings: string[],
  signal: AbortSignal,
): Promise<{ ciphertext: Buffer; chosen: Chosen; rehearsed: boolean }> {
  const { session, args } = run;
  const rules = { prober: run.prober(kek.bits), strictDer: args.strictDer };
  const usable = usableWrappings(ways.ladder, target, rules, (text) => warnings.push(text));
  for (;;) {
    const { value: chosen } = await usable.next();
    const { wrapping } = chosen;
    signal.throwIfAborted();
    try {
      if (args.rehearseTarget) {
        const { publicKey, kcv } = { publicKey: known.publicKey.publicKey, kcv: known.kcv };
        await rehearse(session, target, { publicKey, kcv }, wrapping, signal);
        signal.throwIfAborted();
      }
      const trusted = ways.trusted(wrapping);
      const ciphertext = await wrapTarget(session, { kek: kek.key, target, wrapping, trusted }, signal);
      if (chosen.flavour === 'rfc5649-zero-tail') warnings.push(ZERO_TAIL_WARNING);
      return { ciphertext, chosen, rehearsed: args.rehearseTarget };
    } catch (error) {
      if (!isRefusal(error) || wrapping === ways.ladder.at(-1)) throw error;
      warnings.push(`${wrappingName(wrapping)} is not used: the token refuses it for this key (${error.reason})`);
    }
  }
}

function isUsualLength(bytes: number, kekBits: number, { type, bits }: Pick<Target, 'type' | 'bits'>): boolean {
  return candidateTargets(bytes).some((c) => c.type === type && c.bits === bits && c.kekBits === kekBits);
}

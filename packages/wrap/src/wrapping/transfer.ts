import { candidateTargets, type Kek, type Manifest, writeByok } from '@keyferry/blob';
import type { Pkcs11Uri } from '@keyferry/pkcs11';
import { keyCheckValue } from '../target/key-check-value.js';
import { findPublicKey, type TargetPublicKey } from '../target/public-key.js';
import { type Target, warningsOf } from '../target/target.js';
import { type ChoiceRules, type Chosen, usableWrappings, ZERO_TAIL_WARNING } from './choose.js';
import { wrappingName } from './ladder.js';
import { isRefusal } from './probe.js';
import { rehearse } from './rehearsal.js';
import type { Run } from './run.js';
import { describeTransfer, generatorOf } from './transfer-manifest.js';
import { requirePlaceFor, targetOf, type Ways, waysFor } from './ways.js';
import { wrapTarget } from './wrap-target.js';

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

/** A key that was found and may leave, with all that is known of it before it moves. */
export interface Prepared {
  readonly request: TransferRequest;
  readonly target: Target;
  readonly ways: Ways;
  readonly publicKey: TargetPublicKey;
  readonly kcv: string | null;
}

/**
 * Wraps one key: finds it, reads what protects it, finds its public part, chooses and probes the mechanism, rehearses
 * where that is asked for, wraps, and describes all that in the manifest. Writes nothing.
 * Errors: KEY_*, TARGET_NOT_IN_VAULT, KEK_NOT_AS_CONFIRMED, MECHANISM_*, PROBE_IMPOSSIBLE, REHEARSAL_*, WRAP_PRODUCT, HSM_*.
 */
export async function transferKey(run: Run, request: TransferRequest, signal: AbortSignal): Promise<Transferred> {
  return wrapPrepared(run, await prepareTransfer(run, request, signal), signal);
}

/**
 * The first half: the key itself does no more than sign. Any session of the token may do it.
 * Errors: KEY_*, TARGET_NOT_IN_VAULT, MECHANISM_MISSING, USAGE, HSM_*.
 */
export async function prepareTransfer(run: Run, request: TransferRequest, signal: AbortSignal): Promise<Prepared> {
  const { session, finder } = run;
  const target = targetOf(run, request.key);
  requirePlaceFor(target, request.kek);
  const ways = waysFor(run, request.kek, target);
  signal.throwIfAborted();
  const publicKey = await findPublicKey(session, target, finder);
  const kcv = target.type === 'oct' ? await keyCheckValue(session, target.object) : null;
  return { request, target, ways, publicKey, kcv };
}

/** The second half: here the key moves. Errors: those of transferKey. */
export async function wrapPrepared(run: Run, prepared: Prepared, signal: AbortSignal): Promise<Transferred> {
  const { request, target, ways, publicKey, kcv } = prepared;
  const { kek } = request;
  const warnings = warningsOf(target);
  signal.throwIfAborted();
  const { ciphertext, chosen, rehearsed } = await wrapBestWay(run, prepared, warnings, signal);
  const bits = target.bits ?? (ciphertext.length - kek.bits / 8 - 8) * 8; // RFC 5649 adds 8 bytes to an AES key
  if (!isUsualLength(ciphertext.length, kek.bits, { ...target, bits })) {
    warnings.push(
      `a wrapped ${target.type} key of ${bits} bits is not expected to have ${ciphertext.length - kek.bits / 8} bytes`,
    );
  }
  const blob = writeByok({ kid: kek.kid, ciphertext, generator: generatorOf(run.token, run.mode) });
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

/**
 * Tells before any key moves whether transferKey has what it needs: the key is there, may leave, and a mechanism for it
 * makes what the service takes. Errors: those of transferKey that can be foreseen.
 */
export async function checkTransfer(run: Run, { kek, key }: Pick<TransferRequest, 'kek' | 'key'>): Promise<Target> {
  const target = targetOf(run, key);
  requirePlaceFor(target, kek);
  const { ladder } = waysFor(run, kek, target);
  await usableWrappings(ladder, target, choiceRules(run, kek), () => {}).next();
  return target;
}

function choiceRules(run: Run, kek: Kek): ChoiceRules {
  return { prober: run.prober(kek.bits), strictDer: run.args.strictDer };
}

async function wrapBestWay(
  run: Run,
  { request: { kek }, target, ways, publicKey: { publicKey }, kcv }: Prepared,
  warnings: string[],
  signal: AbortSignal,
): Promise<{ ciphertext: Buffer; chosen: Chosen; rehearsed: boolean }> {
  const { session, args } = run;
  const usable = usableWrappings(ways.ladder, target, choiceRules(run, kek), (text) => warnings.push(text));
  for (;;) {
    const { value: chosen } = await usable.next();
    const { wrapping } = chosen;
    signal.throwIfAborted();
    try {
      if (args.rehearseTarget) {
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

import { judgeProbe, type ProbedKey, type ProbeVerdict } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { CKM, EC_PARAMS, isHsmError, type ObjectHandle, type Session, type Token } from '@keyferry/pkcs11';
import { readEcPoint, readRsaPublicKey } from '../target/public-objects.js';
import type { Target } from '../target/target.js';
import { type Wrapping, wrappingName } from './ladder.js';
import { makeThrowawayKek, type ThrowawayKek } from './throwaway-kek.js';
import { produce } from './wrap-target.js';

/** What is known of a mechanism before the real key moves. */
export type ProbeResult = ProbeVerdict | { readonly fault: 'refused'; readonly found: string };

/** Tries mechanisms with throwaway keys; each kind of key once. */
export type Prober = (wrapping: Wrapping, target: TargetKind) => Promise<ProbeResult>;

export type TargetKind = Pick<Target, 'type' | 'bits' | 'crv'>;

/** RSA keys of other sizes are encoded and wrapped in the same way, and take the token long to make. */
const PROBE_RSA_BITS = 2048;
const MOST_TRIES = 5;

/**
 * A prober for KEKs of this size. Per kind of key the token makes a throwaway target and wraps it, by the very path that
 * the real key will take, under a throwaway KEK whose private part lives here; the product is opened and judged. All
 * objects are session objects, and gone afterwards. Errors: PROBE_IMPOSSIBLE, HSM_ERROR, HSM_LEFTOVER.
 */
export function proberOf(session: Session, token: Token, kekBits: number, signal: AbortSignal): Prober {
  let kek: Promise<ThrowawayKek> | null = null;
  const known = new Map<string, Promise<ProbeResult>>();
  return (wrapping, { type, bits, crv }) => {
    const kind = { type, crv, bits: type === 'RSA' ? PROBE_RSA_BITS : (bits ?? 256) };
    const name = `${wrappingName(wrapping)} ${kind.type} ${kind.crv ?? kind.bits}`;
    const before = known.get(name);
    if (before !== undefined) return before;
    kek ??= makeThrowawayKek(kekBits);
    const result = kek.then((made) => probe(session, token, wrapping, kind, made, signal));
    known.set(name, result);
    return result;
  };
}

type ThrowawayKind = Omit<ProbedKey, 'publicKey'>;

/**
 * Whether zeros follow an encoded key shows only when its length is no multiple of 8, which for an RSA key is chance: then
 * a P-256 key decides, or where there is none, another RSA key.
 */
async function probe(
  session: Session,
  token: Token,
  wrapping: Wrapping,
  kind: ThrowawayKind,
  kek: ThrowawayKek,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const first = await probeOnce(session, wrapping, kind, kek, signal);
  if (kind.type !== 'RSA' || first.fault !== null || first.decisive) return first;
  const deciding: ThrowawayKind = token.mechanisms().has(CKM.EC_KEY_PAIR_GEN)
    ? { type: 'EC', bits: 256, crv: 'P-256' }
    : kind;
  let last: ProbeResult = first;
  for (let tries = 1; tries < MOST_TRIES && last.fault === null && !last.decisive; tries++) {
    last = await probeOnce(session, wrapping, deciding, kek, signal);
  }
  return last;
}

async function probeOnce(
  session: Session,
  wrapping: Wrapping,
  kind: ThrowawayKind,
  kek: ThrowawayKek,
  signal: AbortSignal,
): Promise<ProbeResult> {
  return session.temporary(async (own) => {
    signal.throwIfAborted();
    const target = await generateThrowaway(session, kind, own);
    signal.throwIfAborted();
    const publicKey = target.publicKey === null ? null : readThrowaway(session, target.publicKey, kind);
    let product: Buffer;
    try {
      product = await produce(session, { kek: kek.jwk, target: { ...kind, object: target.key }, wrapping }, signal);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return { fault: 'refused', found: error.reason };
    }
    return judgeProbe(kek.privateKey, product, { ...kind, publicKey });
  });
}

/** What a device says when it is gone, or nobody is logged in any more: no other mechanism would help. */
const NOT_ABOUT_THE_MECHANISM = [0x2, 0x30, 0x31, 0x32, 0xb3, 0xe0, 0xe1, 0x101, 0x190];

/** Whether the token declined this mechanism or these keys, so that another mechanism may do. */
export function isRefusal(error: unknown): error is KeyferryError {
  if (!(error instanceof KeyferryError)) return false;
  if (error.code === 'WRAP_PRODUCT') return true;
  return (
    (error.code === 'HSM_ERROR' || error.code === 'MECHANISM_MISSING') &&
    isHsmError(error) &&
    error.values.call === 'C_WrapKey' &&
    !isHsmError(error, ...NOT_ABOUT_THE_MECHANISM)
  );
}

interface Throwaway {
  readonly key: ObjectHandle;
  readonly publicKey: ObjectHandle | null;
}

async function generateThrowaway(
  session: Session,
  kind: ThrowawayKind,
  own: (object: ObjectHandle) => ObjectHandle,
): Promise<Throwaway> {
  const secret = {
    token: false,
    private: true,
    sensitive: true,
    extractable: true,
    label: 'keyferry throwaway key',
  } as const;
  const open = { token: false, private: false, label: secret.label } as const;
  try {
    if (kind.type === 'oct') {
      const key = await session.generateKey({ type: CKM.AES_KEY_GEN }, { ...secret, valueLen: kind.bits / 8 });
      return { key: own(key), publicKey: null };
    }
    const rsa = { ...open, modulusBits: kind.bits, publicExponent: Buffer.of(1, 0, 1) };
    const pair = await session.generateKeyPair(
      { type: kind.type === 'RSA' ? CKM.RSA_PKCS_KEY_PAIR_GEN : CKM.EC_KEY_PAIR_GEN },
      kind.crv === null ? rsa : { ...open, ecParams: EC_PARAMS[kind.crv] },
      { ...secret, sign: true },
    );
    return { publicKey: own(pair.publicKey), key: own(pair.privateKey) };
  } catch (error) {
    if (!isHsmError(error) || isHsmError(error, ...NOT_ABOUT_THE_MECHANISM)) throw error;
    throw new KeyferryError('PROBE_IMPOSSIBLE', {
      reason: `the token makes no throwaway ${kind.type} key: ${(error as KeyferryError).reason}`,
      cause: error,
    });
  }
}

function readThrowaway(session: Session, object: ObjectHandle, { crv }: ThrowawayKind) {
  return crv === null ? readRsaPublicKey(session, object) : readEcPoint(session, object, crv);
}

import type { Kek } from '@keyferry/blob';
import type { Session, Token } from '@keyferry/pkcs11';
import { type Terminal, withProgress } from '@keyferry/terminal';
import type { Target } from '../target/target.js';
import { refusalOf } from '../wrapping/choose.js';
import type { MechanismChoice } from '../wrapping/ladder.js';
import { type Prober, proberOf, type TargetKind } from '../wrapping/probe.js';
import { attempt, isFinding } from './attempt.js';
import { checkKekInToken, checkKekSizes } from './check-kek-in-token.js';
import { checkTrustedWay } from './check-key.js';
import { checkNothingLeft, checkTemporaryKeys, sessionObjects } from './check-temporary-keys.js';
import { checkEnforcement, checkTrustedKeys } from './check-trust.js';
import { checkWrapping, type GoodWay, rungs } from './check-wrapping.js';
import { type Finding, notChecked } from './findings.js';
import { AES_KIND, EACH_KIND, KEK_SIZES, kekBitsOf } from './kinds.js';

export interface Tried {
  readonly token: Token;
  readonly session: Session;
  readonly kek: Kek | null;
  /** null: each type is tried. */
  readonly target: Target | null;
  readonly choice: MechanismChoice;
  /** Where it is shown how far it is: an HSM may take long to make RSA keys. */
  readonly terminal: Pick<Terminal, 'progress'>;
}

/** Everything that shows only when it is tried, with throwaway keys of the session. */
export async function checkByTrying(tried: Tried, findings: Finding[], signal: AbortSignal): Promise<void> {
  const { session, token } = tried;
  await attempt('temporary/list', findings, async () => {
    const before = sessionObjects(session);
    const temporary = await checkTemporaryKeys(session, token);
    findings.push(...temporary.findings);
    signal.throwIfAborted();
    if (!temporary.clean) return findings.push(...LEFT_ALONE);
    const steps = kindsOf(tried).length + sizesOf(tried).length;
    await withProgress(tried.terminal, 'trying what the HSM makes', steps, (step) => {
      let done = 0;
      return attempt('wrapping/list', findings, () => checkWraps(tried, findings, () => step(++done), signal));
    });
    return findings.push(checkNothingLeft(session, before));
  });
}

const LEFT_ALONE: readonly Finding[] = [
  notChecked('wrapping/leftovers', 'what the mechanisms emit: nothing more is made in a token that keeps it'),
  notChecked('trust/leftovers', 'whether the token protects keys: nothing more is made in a token that keeps it'),
];

function kindsOf({ target }: Tried): readonly TargetKind[] {
  return target === null ? EACH_KIND : [target];
}

function sizesOf({ kek }: Tried): readonly number[] {
  return kek === null ? KEK_SIZES : KEK_SIZES.filter((bits) => bits === kek.bits);
}

async function checkWraps(tried: Tried, findings: Finding[], step: () => void, signal: AbortSignal): Promise<void> {
  const { token, session, kek, target, choice } = tried;
  const prober = proberBySize(session, token, signal);
  const kinds = kindsOf(tried);
  const { good, findings: ofWrapping } = await checkWrapping(
    token,
    prober(kekBitsOf(kek)),
    { kinds, choice, named: target !== null, step },
    signal,
  );
  findings.push(...ofWrapping);
  const aes = await wayForAes(tried, good, prober(kekBitsOf(kek)));
  const way = aes ?? good[0];
  const sizes = sizesOf(tried);
  if (way !== undefined) findings.push(...(await checkKekSizes(prober, way, { sizes, kek, step }, signal)));
  signal.throwIfAborted();
  if (aes !== null && kek !== null && sizes.length > 0) {
    findings.push(...(await checkKekInToken(session, kek, aes, signal)));
  }
  if (target !== null) {
    const trustedWay = () => findings.push(...checkTrustedWay(session, target, good));
    await attempt('key/trusted-wrapping-key', findings, trustedWay, notChecked);
  }
  const inner = rungs(token, AES_KIND, choice).flatMap((each) => ('inner' in each ? [each.inner.type] : []));
  await attempt('trust/keys', findings, () => findings.push(...checkTrustedKeys(session, kek, inner)), notChecked);
  signal.throwIfAborted();
  findings.push(
    ...(aes === null
      ? [notChecked('trust/rules', 'whether the token protects keys: no mechanism wraps a throwaway AES key')]
      : await checkEnforcement(session, aes, signal)),
  );
}

function proberBySize(session: Session, token: Token, signal: AbortSignal): (kekBits: number) => Prober {
  const probers = new Map<number, Prober>();
  return (kekBits) => {
    const prober = probers.get(kekBits) ?? proberOf(session, token, kekBits, signal);
    probers.set(kekBits, prober);
    return prober;
  };
}

/** A way to wrap AES keys, which every token makes at once: found already, or else looked for in silence. */
async function wayForAes({ token, choice }: Tried, good: readonly GoodWay[], prober: Prober): Promise<GoodWay | null> {
  const known = good.find(({ kind }) => kind.type === 'oct');
  if (known !== undefined) return known;
  for (const wrapping of rungs(token, AES_KIND, choice)) {
    try {
      if (refusalOf(await prober(wrapping, AES_KIND), false) === null) return { kind: AES_KIND, wrapping };
    } catch (error) {
      if (!isFinding(error)) throw error;
    }
  }
  return null;
}

import { KeyferryError } from '@keyferry/errors';
import type { Token } from '@keyferry/pkcs11';
import { refusalOf, ZERO_TAIL_WARNING } from '../wrapping/choose.js';
import { ladder, type MechanismChoice, type Wrapping, wrappingName } from '../wrapping/ladder.js';
import type { ProbeResult, Prober, TargetKind } from '../wrapping/probe.js';
import { attempt } from './attempt.js';
import { mechanismId } from './check-mechanisms.js';
import { type Finding, ok, problem, warning } from './findings.js';
import { kindName } from './kinds.js';

/** A way that makes what the service takes, for keys of this kind. */
export interface GoodWay {
  readonly kind: TargetKind;
  readonly wrapping: Wrapping;
}

/** Whom to ask when nothing else helps. */
const ASK_FOR_RFC5649 = 'ask the vendor of the HSM for its mechanism of RFC 5649, and name it by --kwp-mechanism';

/**
 * What each mechanism really emits for each kind of key, and which one a wrap would use. A kind that no mechanism wraps as
 * it must be is a problem where the key is of that kind (`named`), or where it is so of all kinds.
 */
export async function checkWrapping(
  token: Token,
  prober: Prober,
  { kinds, choice, named }: { kinds: readonly TargetKind[]; choice: MechanismChoice; named: boolean },
  signal: AbortSignal,
): Promise<{ good: readonly GoodWay[]; findings: readonly Finding[] }> {
  const good: GoodWay[] = [];
  const findings: Finding[] = [];
  const hopeless: TargetKind[] = [];
  for (const kind of kinds) {
    const tried = await tryEach(token, prober, kind, choice, findings, signal);
    const chosen = tried.find(({ allowed, result }) => allowed && refusalOf(result, false) === null);
    findings.push(...tried.map((each) => describe(kind, each, tried, chosen)));
    if (chosen === undefined) hopeless.push(kind);
    else {
      good.push({ kind, wrapping: chosen.wrapping });
      findings.push(decision(kind, tried, chosen));
    }
  }
  const say = named || good.length === 0 ? problem : warning;
  findings.push(...hopeless.map((kind) => say(idOf(kind), noWay(token, kind, choice), ASK_FOR_RFC5649)));
  return { good, findings };
}

interface Tried {
  readonly wrapping: Wrapping;
  readonly result: ProbeResult;
  /** Whether a wrap with these options would take it. */
  readonly allowed: boolean;
}

async function tryEach(
  token: Token,
  prober: Prober,
  kind: TargetKind,
  choice: MechanismChoice,
  findings: Finding[],
  signal: AbortSignal,
): Promise<Tried[]> {
  const allowed = rungs(token, kind, choice);
  const others = rungs(token, kind, {}).filter((other) => !allowed.some((one) => isSame(one, other)));
  const tried: Tried[] = [];
  for (const wrapping of [...allowed, ...others]) {
    signal.throwIfAborted();
    const result = await attempt(idOf(kind, wrapping), findings, () => prober(wrapping, kind), warning);
    if (result !== null) tried.push({ wrapping, result, allowed: allowed.includes(wrapping) });
  }
  return tried;
}

/** The ways that a wrap with these options would try, the best first. Empty where the token lacks what is needed. */
export function rungs(token: Token, { type }: TargetKind, choice: MechanismChoice): readonly Wrapping[] {
  try {
    return ladder(token, type, choice);
  } catch (error) {
    if (error instanceof KeyferryError && error.code === 'MECHANISM_MISSING') return [];
    throw error;
  }
}

function isSame(one: Wrapping, other: Wrapping): boolean {
  return one.mechanism === other.mechanism && numberOf(one) === numberOf(other);
}

function numberOf(wrapping: Wrapping): number {
  return wrapping.mechanism === 'composite' ? wrapping.inner.type : wrapping.outer.type;
}

/** One mechanism with one kind of key. What lies below the chosen one is never used, and harms nobody. */
function describe(kind: TargetKind, one: Tried, tried: readonly Tried[], chosen: Tried | undefined): Finding {
  const { wrapping, result, allowed } = one;
  const id = idOf(kind, wrapping);
  const tested = kind.type === 'RSA' ? 'RSA' : kindName(kind); // the throwaway RSA key may be of another size
  const name = `${tested} by ${wrappingName(wrapping)}`;
  const isAbove = chosen === undefined || tried.indexOf(one) < tried.indexOf(chosen);
  const reason = refusalOf(result, false);
  if (reason !== null) return (allowed && isAbove ? warning : ok)(id, `${name}: never used, ${reason}`);
  if (result.fault !== null) return ok(id, `${name}: ${result.found}`);
  if (result.flavour === 'rfc5649-zero-tail')
    return (one === chosen ? warning : ok)(id, `${name}: ${ZERO_TAIL_WARNING}`);
  const shown = kind.type !== 'RSA' || result.decisive;
  return ok(id, `${name}: RFC 5649${shown ? ', exact' : '; whether zeros would follow the key did not show'}`);
}

function decision(kind: TargetKind, tried: readonly Tried[], chosen: Tried): Finding {
  const text = `${kindName(kind)}: a wrap takes ${wrappingName(chosen.wrapping)}`;
  const strict = tried.find(({ allowed, result }) => allowed && refusalOf(result, true) === null);
  if (strict === chosen) return ok(idOf(kind), `${text}, with --strict-der too`);
  return ok(idOf(kind), `${text}; --strict-der ${strict ? `takes ${wrappingName(strict.wrapping)}` : 'refuses'}`);
}

function noWay(token: Token, { type, ...kind }: TargetKind, choice: MechanismChoice): string {
  const name = kindName({ type, ...kind });
  try {
    ladder(token, type, choice);
    return `${name}: no mechanism of the token makes what the service takes`;
  } catch (error) {
    return `${name}: ${error instanceof KeyferryError ? error.reason : error}`;
  }
}

function idOf({ type, crv }: TargetKind, wrapping?: Wrapping): Finding['id'] {
  const kind = `wrapping/${crv === null ? type : `${type}-${crv}`}` as const;
  return wrapping === undefined ? kind : `${kind}/${mechanismId(numberOf(wrapping))}`;
}

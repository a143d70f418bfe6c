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

/**
 * What each mechanism really emits for each kind of key, and which one a wrap would use. A kind that no mechanism wraps as
 * it must be is a problem where the key is of that kind (`named`), or where it is so of all kinds.
 */
export async function checkWrapping(
  token: Token,
  prober: Prober,
  options: { kinds: readonly TargetKind[]; choice: MechanismChoice; named: boolean; step: () => void },
  signal: AbortSignal,
): Promise<{ good: readonly GoodWay[]; findings: readonly Finding[] }> {
  const { kinds, choice, named, step } = options;
  const good: GoodWay[] = [];
  const findings: Finding[] = [];
  const hopeless: { kind: TargetKind; why: string; hint?: string }[] = [];
  for (const kind of kinds) {
    const { tried, failures } = await tryEach(token, prober, kind, choice, signal);
    step();
    const chosen = tried.find(({ allowed, result }) => allowed && refusalOf(result, false) === null);
    findings.push(...failures, ...tried.map((each) => describe(kind, each, tried, chosen)));
    if (chosen === undefined) hopeless.push({ kind, ...noWay(token, kind, choice, tried.length > 0) });
    else {
      good.push({ kind, wrapping: chosen.wrapping });
      findings.push(decision(kind, tried, chosen));
    }
  }
  const say = named || good.length === 0 ? problem : warning;
  findings.push(...hopeless.map(({ kind, why, hint }) => say(idOf(kind), `${kindName(kind)}: ${why}`, hint)));
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
  signal: AbortSignal,
): Promise<{ tried: Tried[]; failures: Finding[] }> {
  const allowed = rungs(token, kind, choice);
  const others = rungs(token, kind, {}).filter((other) => !allowed.some((one) => isSame(one, other)));
  const tried: Tried[] = [];
  const failures: Finding[] = [];
  for (const wrapping of [...allowed, ...others]) {
    signal.throwIfAborted();
    const result = await attempt(
      idOf(kind, wrapping),
      failures,
      () => prober(wrapping, kind),
      (id, text, hint, { code }) =>
        (code === 'KEK_NOT_AS_CONFIRMED' ? problem : warning)(id, `${nameOf(kind, wrapping)}: ${text}`, hint),
    );
    if (result !== null) tried.push({ wrapping, result, allowed: allowed.includes(wrapping) });
  }
  return { tried, failures };
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
  const name = nameOf(kind, wrapping);
  if (result.fault !== null) {
    const isAbove = chosen === undefined || tried.indexOf(one) < tried.indexOf(chosen);
    const what = result.fault === 'refused' ? 'the token refuses it' : 'what comes out is wrong';
    return (allowed && isAbove ? warning : ok)(id, `${name}: never used, ${what}: ${result.found}`);
  }
  if (result.flavour === 'rfc5649-zero-tail') {
    return (one === chosen ? warning : ok)(id, `${name}: ${ZERO_TAIL_WARNING}`);
  }
  const shown = kind.type !== 'RSA' || result.decisive;
  return ok(id, `${name}: RFC 5649${shown ? ', exact' : '; whether zeros would follow the key did not show'}`);
}

function decision(kind: TargetKind, tried: readonly Tried[], chosen: Tried): Finding {
  const text = `${kindName(kind)}: a wrap takes ${wrappingName(chosen.wrapping)}`;
  const strict = tried.find(({ allowed, result }) => allowed && refusalOf(result, true) === null);
  if (strict === chosen) return ok(idOf(kind), `${text}, with --strict-der too`);
  return ok(idOf(kind), `${text}; --strict-der ${strict ? `takes ${wrappingName(strict.wrapping)}` : 'refuses'}`);
}

const ASK_FOR_RFC5649 = 'ask the vendor of the HSM for its mechanism of RFC 5649, and name it by --kwp-mechanism';

function noWay(
  token: Token,
  { type }: TargetKind,
  choice: MechanismChoice,
  wasTried: boolean,
): { why: string; hint?: string } {
  try {
    ladder(token, type, choice);
  } catch (error) {
    if (error instanceof KeyferryError) return { why: error.reason, hint: ASK_FOR_RFC5649 };
    throw error;
  }
  if (wasTried) return { why: 'no mechanism of the token makes what the service takes', hint: ASK_FOR_RFC5649 };
  return { why: 'no mechanism could be tried, and a wrap would end in the same way' };
}

/** The throwaway RSA key may be of another size than the key. */
function nameOf(kind: TargetKind, wrapping: Wrapping): string {
  return `${kind.type === 'RSA' ? 'RSA' : kindName(kind)} by ${wrappingName(wrapping)}`;
}

function idOf({ type, crv }: TargetKind, wrapping?: Wrapping): Finding['id'] {
  const kind = `wrapping/${crv === null ? type : `${type}-${crv}`}` as const;
  return wrapping === undefined ? kind : `${kind}/${mechanismId(numberOf(wrapping))}`;
}

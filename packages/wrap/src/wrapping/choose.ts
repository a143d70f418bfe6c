import { KeyferryError } from '@keyferry/errors';
import type { Target } from '../target/target.js';
import { type Wrapping, wrappingName } from './ladder.js';
import type { ProbeResult, Prober } from './probe.js';

export type Flavour = 'rfc5649' | 'rfc5649-zero-tail' | 'unknown';

/** A way to wrap that may be used. */
export interface Chosen {
  readonly wrapping: Wrapping;
  readonly flavour: Flavour;
  readonly probed: boolean;
}

export interface ChoiceRules {
  /** null: nothing is tried, and the first of the ladder is taken (--no-probe). */
  readonly prober: Prober | null;
  /** Refuses zeros behind the encoded key (--strict-der). */
  readonly strictDer: boolean;
}

export const ZERO_TAIL_WARNING =
  'this HSM puts zeros behind the encoded key before it wraps it (rfc5649-zero-tail, known of SoftHSM 2.6.1). OpenSSL takes such a key, other readers refuse it, and what the service does with it is unknown';

/**
 * The ways of the ladder that may be used, best first, each tried with a throwaway key only when the ones before it will
 * not do. What was passed over is said to `note`. Ends with MECHANISM_NOT_RFC5649 when none is left.
 * Errors: MECHANISM_NOT_RFC5649, PROBE_IMPOSSIBLE, HSM_ERROR, HSM_LEFTOVER.
 */
export async function* usableWrappings(
  ladder: readonly Wrapping[],
  target: Pick<Target, 'type' | 'bits' | 'crv'>,
  rules: ChoiceRules,
  note: (text: string) => void,
): AsyncGenerator<Chosen, never> {
  const reasons: string[] = [];
  for (const wrapping of ladder) {
    if (rules.prober === null) {
      yield { wrapping, flavour: 'unknown', probed: false };
      continue;
    }
    const result = await rules.prober(wrapping, target);
    const refusal = refusalOf(result, rules.strictDer);
    if (refusal === null) yield { wrapping, flavour: flavourOf(result, target), probed: true };
    else {
      reasons.push(`${wrappingName(wrapping)}: ${refusal}`);
      note(`${wrappingName(wrapping)} is not used: ${refusal}`);
    }
  }
  throw new KeyferryError('MECHANISM_NOT_RFC5649', {
    reason: reasons.length > 0 ? reasons.join('; ') : 'the token refused each of them for this key',
  });
}

/** Why a mechanism must not be used; null if it may. */
export function refusalOf(result: ProbeResult, strictDer: boolean): string | null {
  if (result.fault === 'refused') return `the token refuses it (${result.found})`;
  if (result.fault !== null) return `expected what the service takes, found ${result.found}`;
  return strictDer && result.flavour === 'rfc5649-zero-tail' ? 'it puts zeros behind the encoded key' : null;
}

/** For an RSA key it is chance whether zeros would show; for a curve the length is always the same. */
function flavourOf(result: ProbeResult, { type }: Pick<Target, 'type'>): Flavour {
  if (result.fault !== null || (type === 'RSA' && !result.decisive)) return 'unknown';
  return result.flavour;
}

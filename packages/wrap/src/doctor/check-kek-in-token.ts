import type { Kek } from '@keyferry/blob';
import type { Session } from '@keyferry/pkcs11';
import { refusalOf } from '../wrapping/choose.js';
import type { Prober } from '../wrapping/probe.js';
import { generateEphemeralKey, wrapTarget } from '../wrapping/wrap-target.js';
import { attempt } from './attempt.js';
import type { GoodWay } from './check-wrapping.js';
import { type Finding, ok, problem, warning } from './findings.js';

/**
 * Whether the token takes public keys of these sizes, gives them back unchanged, and pads by RSA-OAEP with SHA-1 under
 * them. A size that does not work is a problem where the KEK has it.
 */
export async function checkKekSizes(
  prober: (kekBits: number) => Prober,
  way: GoodWay,
  { sizes, kek, step }: { sizes: readonly number[]; kek: Kek | null; step: () => void },
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const bits of sizes) {
    signal.throwIfAborted();
    const id = `wrapping/kek-${bits}` as const;
    const say = kek === null ? warning : problem;
    const result = await attempt(id, findings, () => prober(bits)(way.wrapping, way.kind), say);
    step();
    if (result === null) continue;
    const refusal = refusalOf(result, false);
    const text = `under a KEK of ${bits} bits`;
    findings.push(
      refusal === null
        ? ok(id, `${text}: the token takes it, gives it back unchanged, and pads by RSA-OAEP with SHA-1`)
        : say(id, `${text}: ${refusal}`),
    );
  }
  return findings;
}

/** Wraps an AES key that was made for it under the KEK itself. What comes out can be opened by the vault alone, and is thrown away. */
export async function checkKekInToken(
  session: Session,
  kek: Kek,
  { wrapping }: GoodWay,
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const bytes = await attempt('wrapping/kek', findings, () =>
    session.temporary(async (own) => {
      const object = own(await generateEphemeralKey(session));
      return wrapTarget(session, { kek: kek.key, target: { object, type: 'oct', bits: 256 }, wrapping }, signal);
    }),
  );
  if (bytes !== null) {
    findings.push(ok('wrapping/kek', 'the KEK itself goes into the token unchanged, and wraps a throwaway AES key'));
  }
  return findings;
}

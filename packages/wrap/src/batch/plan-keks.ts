import { resolve } from 'node:path';
import { type Kek, type PlanEntry, parseThumbprint, type Thumbprint } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import type { Terminal } from '@keyferry/terminal';
import { confirmKek } from '../kek/confirm.js';
import { readCheckedKek } from '../kek/read-kek.js';
import type { Problems } from './problems.js';
import type { PlanFile } from './read-plan.js';

/** The KEK of each entry; an entry whose KEK was refused has none. */
export type KekOf = (entry: PlanEntry) => Kek | undefined;

/** Reads each KEK of the plan once and applies every rule; what is refused is a problem of the first entry that names it. */
export async function readKeks({ folder, entries }: PlanFile, problems: Problems): Promise<KekOf> {
  const read = new Map<string, Kek | null>();
  const nameOf = ({ kek, kid }: PlanEntry) => JSON.stringify([resolve(folder, kek), kid]);
  for (const entry of entries) {
    const name = nameOf(entry);
    if (read.has(name)) continue;
    const kek = await problems.check(entry, () => readCheckedKek(resolve(folder, entry.kek), entry.kid ?? undefined));
    read.set(name, kek);
  }
  return (entry) => read.get(nameOf(entry)) ?? undefined;
}

/**
 * Confirms each KEK once: its thumbprint is among those that are given, or the operator types it. A given thumbprint that
 * belongs to no KEK is a mismatch, unless it may be that of a KEK that could not be read.
 * Errors: THUMBPRINT_INVALID, THUMBPRINT_MISMATCH, NOT_A_TERMINAL, CANCELLED.
 */
export async function confirmKeks(
  entries: readonly PlanEntry[],
  kekOf: KekOf,
  given: readonly string[],
  terminal: Terminal,
): Promise<void> {
  const keks = new Map<Thumbprint, Kek>();
  for (const kek of entries.map(kekOf)) if (kek !== undefined) keks.set(kek.thumbprint, kek);
  const confirmed = new Set(given.map(parseThumbprint));
  const stray = [...confirmed].find((thumbprint) => !keks.has(thumbprint));
  if (stray !== undefined && entries.every((entry) => kekOf(entry) !== undefined)) throw mismatch(stray, keks);
  for (const [thumbprint, kek] of keks) {
    if (!confirmed.has(thumbprint)) await confirmKek(kek, undefined, terminal);
  }
}

function mismatch(stray: Thumbprint, keks: ReadonlyMap<Thumbprint, Kek>): KeyferryError {
  const found = [...keks.values()].map(({ kid, thumbprint }) => `${thumbprint} of ${kid.text}`).join(', ');
  return new KeyferryError('THUMBPRINT_MISMATCH', {
    reason: `expected a KEK with ${stray} in the plan, found ${found}`,
    values: { expected: stray, actual: [...keks.keys()] },
  });
}

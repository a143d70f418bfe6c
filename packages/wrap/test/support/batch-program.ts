import { createHash, createPublicKey } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openPracticeBlob, publicJwkOf, readByok, readManifest, readTargetKey, samePublicKey } from '@keyferry/blob';
import type { ExecutionContext } from 'ava';
import { type PracticeKeyName, practiceKey } from '../../../../test/support/practice-keys.js';
import type { Placement } from '../../../../test/support/provision.js';
import type { HsmUnderTest } from '../../../../test/support/token.js';
import { runOnToken, type TokenOptions, type TokenRun } from './token-program.js';

/** One key of a plan, and the practice key that it is. */
export interface Planned {
  readonly name: PracticeKeyName;
  readonly label: string;
  readonly kek: string;
  readonly out: string;
}

/** Keys of several kinds, so many, as a token shall hold them. */
export function placements(count: number, names: readonly PracticeKeyName[] = ['ec-p256', 'aes-256', 'rsa-2048']) {
  return Array.from({ length: count }, (_, n): { key: PracticeKeyName } & Placement => {
    return { key: names[n % names.length] ?? 'ec-p256', label: `key ${n}`, id: Buffer.of(1 + (n >> 8), n & 0xff) };
  });
}

/** The plan of all these keys under one KEK. */
export function planned(placed: readonly ({ key: PracticeKeyName } & Placement)[], kek: string): Planned[] {
  return placed.map(({ key, label }) => ({ name: key, label, kek, out: `${label.replaceAll(' ', '-')}.byok` }));
}

/** Writes plan.json, or another file, and makes the folder `out` beside it. */
export function writePlan(folder: string, keys: readonly Pick<Planned, 'label' | 'kek' | 'out'>[], name = 'plan.json') {
  const path = join(folder, name);
  const entries = keys.map(({ label, kek, out }) => ({ key: uriOf(label), kek: basename(kek), kid: null, out }));
  const csv = entries.map(({ key, kek, out }) => `${key},${kek},,${out}\n`).join('');
  writeFileSync(
    path,
    name.endsWith('.csv') ? `key,kek,kid,out\n${csv}` : JSON.stringify({ schema: 'keyferry/plan/1', keys: entries }),
  );
  mkdirSync(join(folder, 'out'), { recursive: true });
  return { plan: path, out: join(folder, 'out') };
}

export function uriOf(label: string): string {
  return `pkcs11:object=${encodeURIComponent(label)}`;
}

/** Runs `keyferry-wrap batch` with --json. Several thumbprints are given by an array. */
export function batchOn(
  token: HsmUnderTest,
  { plan, out }: { plan: string; out: string },
  thumbprint: string | undefined,
  options: TokenOptions = {},
  env: Record<string, string> = {},
): Promise<TokenRun> {
  const common = { out, 'confirm-thumbprint': thumbprint, 'pin-file': token.pinFile };
  return runOnToken(token, `batch ${plan}`, { ...common, ...options }, env);
}

/** Every blob opens with the practice KEK to the key that the plan names, and its manifest fits. */
export function assertAllThere(t: ExecutionContext, out: string, keys: readonly Planned[], bits = 2048): void {
  for (const { name, out: file } of keys) {
    const bytes = readFileSync(join(out, file));
    const blob = readByok(bytes);
    const manifest = readManifest(readFileSync(join(out, file.replace(/byok$/, 'manifest.json'))));
    t.is(manifest.blob.sha256, createHash('sha256').update(bytes).digest('hex'), file);
    const { plaintext } = openPracticeBlob(practiceKey(`kek-${bits}` as PracticeKeyName), blob.ciphertext);
    if (name.startsWith('aes-')) t.deepEqual(plaintext, practiceKey(name).export(), file);
    else {
      const { publicKey } = readTargetKey(plaintext, manifest.target.type);
      t.true(publicKey !== null && samePublicKey(publicKey, publicJwkOf(createPublicKey(practiceKey(name)))), file);
    }
  }
}

/** Names in the folder that belong to no key of the plan and are not its journal. */
export function strangers(out: string, keys: readonly Planned[]): string[] {
  const known = keys.flatMap(({ out: file }) => [file, file.replace(/byok$/, 'manifest.json')]);
  return readdirSync(out).filter((name) => !known.includes(name) && name !== 'plan.journal.jsonl');
}

/** All files of a folder, by name. */
export function contentsOf(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** What the journal of the plan says, one object a line. */
export function journalOf(out: string): Record<string, unknown>[] {
  const path = join(out, 'plan.journal.jsonl');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

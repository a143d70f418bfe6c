import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { readPublicKey, type Target } from '../oracle/index.js';
import { readJsonFile } from '../read-json-file.js';
import { SubjectCrash } from '../suite/verdict.js';
import { type Adapter, lastLines } from './adapter.js';
import { type Capabilities, EXIT_UNSUPPORTED, type TargetName, type TargetsFile, targetsSchema } from './contract.js';
import { makePracticeTarget } from './practice-target.js';
import type { TokenCount } from './token-count.js';

/** A key of the tool that a case may name. */
export interface ProvidedTarget {
  readonly id: string;
  readonly expected: Target;
  /** What must not be seen in any output; none of a key that the vendor made. */
  readonly secrets: readonly Buffer[];
}

/** Where keys come from: the tool takes practice keys, or the vendor made some. */
export interface Targets {
  /** A key of that type; null where there is none, and why. */
  of(
    name: TargetName,
    extractable: boolean,
    adapter: Adapter,
    signal: AbortSignal,
  ): Promise<ProvidedTarget | { readonly missing: string; readonly byConstruction: boolean }>;
  /** Has the tool remove what it was given. */
  remove(adapter: Adapter, signal: AbortSignal): Promise<void>;
}

/** Practice keys, each made and handed to the tool when it is first asked for. `folder` is private. */
export function provisionedTargets(folder: string, { objects }: Capabilities, count: TokenCount): Targets {
  const run = randomBytes(4).toString('hex');
  const known = new Map<string, ReturnType<Targets['of']>>();
  const given: string[] = [];

  async function provision(
    name: TargetName,
    extractable: boolean,
    adapter: Adapter,
    signal: AbortSignal,
  ): ReturnType<Targets['of']> {
    const { bytes, expected, secrets } = await makePracticeTarget(name);
    const id = `keyferry-conformance-${run}-${name}${extractable ? '' : '-fixed'}`;
    const path = join(folder, `${id}.key`);
    const option = name.startsWith('aes-') ? '--secret' : '--pkcs8';
    const work = async () => {
      given.push(id);
      return adapter.run(
        ['provision', option, path, '--target', id, '--extractable', extractable ? 'yes' : 'no'],
        signal,
      );
    };
    try {
      await writeFile(path, bytes, { mode: 0o600, flag: 'wx' });
      const { exit, stderr } = await (objects ? count.provisioning(adapter, signal, work) : work());
      if (exit === EXIT_UNSUPPORTED) return { missing: `the tool takes no such key: ${name}`, byConstruction: true };
      if (exit !== 0)
        throw new SubjectCrash(`provision refused a key that the tool says it takes: ${lastLines(stderr, [])}`);
      return { id, expected, secrets };
    } finally {
      bytes.fill(0);
      await rm(path, { force: true });
    }
  }

  return {
    of(name, extractable, adapter, signal) {
      const key = `${name} ${extractable}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const target = provision(name, extractable, adapter, signal);
      known.set(key, target);
      // What failed in one case is tried again in the next.
      target.catch(() => known.delete(key));
      return target;
    },
    async remove(adapter, signal) {
      for (const id of given.splice(0)) await adapter.run(['remove', '--target', id], signal);
      for (const target of known.values()) {
        const made = await target;
        if ('secrets' in made) for (const secret of made.secrets) secret.fill(0);
      }
    },
  };
}

/** The keys of --targets. */
export function listedTargets({ targets }: TargetsFile): Targets {
  const read = targets.map(({ id, type, publicKey, kcv, extractable }) => ({
    type,
    extractable,
    target: { id, expected: expectedOf(type, publicKey, kcv), secrets: [] },
  }));
  return {
    async of(name, extractable) {
      const found = read.find((entry) => entry.type === name && entry.extractable === extractable);
      const kind = `${name}${extractable ? '' : ' that must not leave'}`;
      return found?.target ?? { missing: `--targets lists no key of type ${kind}`, byConstruction: false };
    },
    remove: async () => undefined,
  };
}

/** Errors: FILE_*, JSON_*, TARGETS_INVALID, PUBLIC_KEY_INVALID, PUBLIC_KEY_IS_PRIVATE. */
export async function readTargets(path: string): Promise<Targets> {
  const maxBytes = 4 * 1024 * 1024;
  return listedTargets(await readJsonFile(path, { schema: targetsSchema, maxBytes, invalid: 'TARGETS_INVALID' }));
}

function expectedOf(type: TargetName, publicKey: string | undefined, kcv: string | undefined): Target {
  if (type.startsWith('aes-')) {
    return { type: 'oct', bits: Number(type.slice(4)), crv: null, thumbprint: null, kcv: kcv ?? null };
  }
  if (publicKey === undefined)
    throw new KeyferryError('TARGETS_INVALID', { reason: `a key of type ${type} without publicKey` });
  return readPublicKey(Buffer.from(publicKey));
}

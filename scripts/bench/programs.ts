import { spawn } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publicJwkOf, type RsaPublicJwk } from '@keyferry/blob';
import { build } from 'esbuild';
import type { BareRequest } from '../../packages/pkcs11/bench/bare-loop.js';
import { KID, makeKekFile } from '../../packages/wrap/test/support/kek-file.js';
import { privateFolder, wholeFile } from '../../test/support/folder.js';
import { practiceKey } from '../../test/support/practice-keys.js';
import type { HsmUnderTest } from '../../test/support/token.js';
import { labels } from './bench-token.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = join(root, 'node_modules/.bin/keyferry-wrap');
const bareSource = join(root, 'packages/pkcs11/bench/bare-loop.ts');
/** Beside the library that it imports. */
const bareProgram = join(root, 'packages/pkcs11/dist/bench/bare-loop.js');

export interface Ran {
  /** Of the whole program, from its start to its end. */
  readonly seconds: number;
  /** Of all its threads, user and system: other work on the machine disturbs it less. NaN if nobody asked. */
  readonly cpuSeconds: number;
  /** The most memory that it had in use, in MiB (VmHWM). */
  readonly mebibytes: number;
  readonly stdout: string;
}

/** The two programs that are compared, on one token with so many keys, in one folder. */
export interface Programs {
  readonly folder: string;
  /** A batch of the first of them. */
  batch(count: number): Promise<Ran>;
  bare(count: number): Promise<Ran>;
}

export async function programsOn(token: HsmUnderTest, keys: number): Promise<Programs> {
  const folder = privateFolder(wholeFile);
  const kek = makeKekFile(folder, 2048);
  const out = join(folder, 'out');
  const lines = labels(keys).map((label) => {
    return `pkcs11:object=${encodeURIComponent(label)};type=private,${kek.path},,${label.replaceAll(' ', '-')}.byok\n`;
  });
  const planOf = (count: number) => {
    const plan = join(folder, `plan-${count}.csv`);
    writeFileSync(plan, `key,kek,kid,out\n${lines.slice(0, count).join('')}`);
    return plan;
  };
  const words = [
    ...['--out', out, '--token', token.label, '--module', token.module, '--pin-file', token.pinFile],
    // The probe makes two RSA keys once a batch, which takes as long as chance will have it.
    ...['--confirm-thumbprint', kek.thumbprint, '--no-probe', '--json'],
  ];
  await build({ entryPoints: [bareSource], outfile: bareProgram, format: 'esm', platform: 'node', logLevel: 'error' });
  const timed = async (command: string, args: readonly string[], input: string) => {
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out);
    return await time(command, args, input, { ...token.env, ...reportsIn(folder) });
  };
  return {
    folder,
    batch: (count) => timed(program, ['batch', planOf(count), ...words], ''),
    bare: (count) => timed(process.execPath, [bareProgram], JSON.stringify(bareRequest(token, labels(count), out))),
  };
}

export function bareRequest(token: HsmUnderTest, keys: readonly string[], folder: string | null): BareRequest {
  const jwk = kekOfBench();
  const hex = (text: string) => Buffer.from(text, 'base64url').toString('hex');
  const { module, label, pin } = token;
  return { module, label, pin, kek: { n: hex(jwk.n), e: hex(jwk.e), kid: KID }, keys, folder };
}

export function kekOfBench(): RsaPublicJwk {
  return publicJwkOf(createPublicKey(practiceKey('kek-2048'))) as RsaPublicJwk;
}

/** What a program that `time` runs needs in its environment to say how much processor time and memory it has used. */
export function reportsIn(folder: string): Readonly<Record<string, string>> {
  return { KEYFERRY_BENCH_CPU: join(folder, 'cpu'), KEYFERRY_BENCH_PEAK: join(folder, 'peak') };
}

/** Runs a program that must succeed. */
export async function time(
  command: string,
  args: readonly string[],
  input: string,
  env: Readonly<Record<string, string>>,
  cwd: string = root,
): Promise<Ran> {
  const { KEYFERRY_BENCH_CPU: cpu, KEYFERRY_BENCH_PEAK: peak } = env;
  const preloads = cpu === undefined || peak === undefined ? [] : ['report-cpu.mjs', 'report-peak.mjs'];
  const options = preloads.map((name) => `--import=${new URL(name, import.meta.url).href}`).join(' ');
  const began = process.hrtime.bigint();
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env, NODE_OPTIONS: options },
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${Buffer.concat(stderr)}`);
  const reported = (file: string | undefined) => (file === undefined ? Number.NaN : Number(readFileSync(file, 'utf8')));
  return {
    seconds,
    cpuSeconds: reported(cpu),
    mebibytes: reported(peak) / 1024,
    stdout: Buffer.concat(stdout).toString(),
  };
}

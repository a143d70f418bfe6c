#!/usr/bin/env node
// The adapter of keyferry-wrap (docs/adapter-contract.md). It is told of the token by its environment:
//   KEYFERRY_WRAP_MODULE, KEYFERRY_WRAP_TOKEN (its label), KEYFERRY_WRAP_PIN_FILE
//   KEYFERRY_WRAP_PROBE=1: try the mechanism with a throwaway key before each wrap, as the tool does unless told otherwise.
//   It takes long, and finds nothing here that the suite does not find in the product.
//   KEYFERRY_ADAPTER_MODULE: the module to wrap with in the place of KEYFERRY_WRAP_MODULE, such as one that notes each call
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { KeyferryError } from '@keyferry/errors';
import { closeToken, countObjects, describeToken, provision, remove } from './keyferry-wrap-token.mjs';

const program = fileURLToPath(new URL('../../packages/wrap/bin/keyferry-wrap', import.meta.url));
const bundle = fileURLToPath(new URL('../../packages/wrap/bundle/main.js', import.meta.url));
const [MADE, REFUSED, UNSUPPORTED, CRASHED] = [0, 1, 77, 70];

function capabilities() {
  const { version } = JSON.parse(readFileSync(new URL('../../packages/wrap/package.json', import.meta.url), 'utf8'));
  return {
    contract: '1',
    name: 'keyferry-wrap',
    version,
    ...(existsSync(bundle) ? { program: bundle } : {}),
    keyTypes: [
      'rsa-2048',
      'rsa-3072',
      'rsa-4096',
      'ec-p256',
      'ec-p384',
      'ec-p521',
      'ec-secp256k1',
      'aes-128',
      'aes-192',
      'aes-256',
    ],
    kekSizes: [2048, 3072, 4096],
    ...describeToken(),
    oct: true,
    kekAttributes: true,
    thumbprint: true,
    provision: true,
    objects: true,
    serve: true,
  };
}

/** keyferry-wrap takes one file for the KEK. What the suite hands out in three must agree first. */
async function readHandedKek(pemFile, kid) {
  const { readKek } = await import('@keyferry/blob');
  const fromPem = readKek(readFileSync(pemFile), { kid });
  const folder = dirname(pemFile);
  const fromJson = readKek(readFileSync(join(folder, 'kek.kek.json')), { kid });
  if (fromPem.thumbprint !== fromJson.thumbprint) {
    throw new KeyferryError('THUMBPRINT_MISMATCH', { reason: 'kek.pem and kek.kek.json hold different keys' });
  }
  return {
    file: join(folder, 'kek.kek.json'),
    thumbprint: readFileSync(join(folder, 'kek.thumbprint'), 'utf8').trim(),
  };
}

async function wrap({ 'kek-pem': pem, kid, target, out }) {
  const { file, thumbprint } = await readHandedKek(pem, kid);
  const {
    KEYFERRY_ADAPTER_MODULE,
    KEYFERRY_WRAP_MODULE = '',
    KEYFERRY_WRAP_PIN_FILE = '',
    KEYFERRY_WRAP_PROBE,
  } = process.env;
  const token = encodeURIComponent(process.env.KEYFERRY_WRAP_TOKEN ?? '');
  const words = [
    ...['wrap', '--json', '--kek', file, '--confirm-thumbprint', thumbprint, '--out', out],
    ...['--key', `pkcs11:token=${token};object=${encodeURIComponent(target)}`],
    ...['--module', KEYFERRY_ADAPTER_MODULE || KEYFERRY_WRAP_MODULE, '--pin-file', KEYFERRY_WRAP_PIN_FILE],
    ...(KEYFERRY_WRAP_PROBE === '1' ? [] : ['--no-probe']),
  ];
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
  const [code, signal] = await once(child, 'close');
  // A refusal has a code of its own; where Node itself gives up, there is none.
  const exit = code === 0 ? MADE : /^error\[(?!INTERNAL\])/m.test(stderr()) ? REFUSED : CRASHED;
  return { exit, stdout: stdout(), stderr: `${stderr()}${signal === null ? '' : `ended by ${signal}\n`}` };
}

function textOf(stream) {
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

const OPTIONS = {
  capabilities: [],
  wrap: ['kek-pem', 'kid', 'target', 'out'],
  provision: ['pkcs8', 'secret', 'target', 'extractable'],
  remove: ['target'],
  objects: [],
};

/** Runs one command of the contract. */
async function run([command, ...words]) {
  if (!Object.hasOwn(OPTIONS, command ?? '')) return { exit: UNSUPPORTED, stderr: `no command ${command}\n` };
  try {
    const names = OPTIONS[command];
    const options = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
    const { values } = parseArgs({ args: words, options });
    switch (command) {
      case 'capabilities':
        return { exit: MADE, stdout: `${JSON.stringify(capabilities())}\n` };
      case 'objects':
        return { exit: MADE, stdout: `${countObjects()}\n` };
      case 'provision':
        provision(values);
        return { exit: MADE };
      case 'remove':
        return { exit: remove(values.target) ? MADE : REFUSED };
      default:
        return await wrap(values);
    }
  } catch (error) {
    if (error instanceof KeyferryError) return { exit: REFUSED, stderr: `error[${error.code}]: ${error.reason}\n` };
    return { exit: CRASHED, stderr: `${error.stack}\n` };
  }
}

/** One request a line, one reply a line. */
async function serve() {
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, do: what, words } = JSON.parse(line);
    const reply = what === 'run' ? await run(words) : { exit: MADE };
    process.stdout.write(`${JSON.stringify({ id, ...reply })}\n`);
    if (what === 'stop') break;
  }
}

// Node's own status for an error that nobody catches, 1, is that of a refusal.
process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(CRASHED);
});

const words = process.argv.slice(2);
try {
  if (words[0] === 'serve') await serve();
  else {
    const { exit, stdout = '', stderr = '' } = await run(words);
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    process.exitCode = exit;
  }
} finally {
  closeToken();
}

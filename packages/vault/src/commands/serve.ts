import { once } from 'node:events';
import { isIP } from 'node:net';
import { KeyferryError } from '@keyferry/errors';
import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import type { Endpoint } from '../data/endpoint.js';
import { quoted } from '../environment.js';
import { parseFault } from '../faults/fault.js';
import { ACCESS_MODELS, type AccessModel } from '../identity/permissions.js';
import { isLoopback } from '../listener.js';
import { type LogForm, lineLog } from '../log/line-log.js';
import { POLICY_NAMES } from '../policies.js';

const resultSchema = z.object({
  event: z.enum(['ready', 'stopped']).describe('one line when the emulator is ready, one when it has stopped'),
  data: z.string(),
  proxyUrl: z.string().describe('HTTPS_PROXY of the clients'),
  caFile: z.string().describe('PEM of the authority that the clients must trust'),
  tlsPort: z.int().describe('port of the TLS listener behind the proxy'),
  adminUrl: z.string().describe('the admin endpoint, on loopback'),
  adminTokenFile: z.string().describe('file that holds its bearer token'),
  federatedTokenFile: z.string().describe('file that holds the token of a workload'),
  pid: z.int(),
});

export const serve = defineCommand({
  name: 'serve',
  summary: 'Run vaults and Managed HSMs for tests, on this machine only',
  details:
    'Any host NAME.vault.azure.net or NAME.managedhsm.azure.net is an (at first empty) vault. It is an emulator: its keys ' +
    'live in a SoftHSM2 token in the data folder, its clients log in with published constants. Never trust it with a real key. ' +
    'Its certificates are new at each start and good for 30 days.',
  options: {
    data: { type: 'string', demandOption: true, describe: 'folder for keys and token; made if it is missing' },
    port: { type: 'number', describe: 'port of the TLS listener; a free one if left out', coerce: portNumber },
    'proxy-port': { type: 'number', describe: 'port of the proxy; a free one if left out', coerce: portNumber },
    policy: {
      choices: POLICY_NAMES,
      array: true,
      describe: 'accept what is refused by default (keyferry-vault policies); once for each',
    },
    'opaque-errors': {
      type: 'boolean',
      default: false,
      describe: 'say as little about a failed import as a real service does',
    },
    'admin-port': {
      type: 'number',
      describe: 'port of the admin endpoint; a free one if left out',
      coerce: portNumber,
    },
    listen: { type: 'string', describe: 'IP address for proxy and TLS listener, default 127.0.0.1', coerce: ipAddress },
    fault: {
      type: 'array',
      string: true,
      describe: 'something that goes wrong on purpose: KIND,NAME=VALUE,... (docs/emulator.md); may be given again',
      coerce: (texts: string[]) => texts.map(parseFault),
    },
    'access-model': {
      type: 'string',
      choices: ACCESS_MODELS,
      default: 'rbac',
      describe: 'how vaults refuse who may not: their words for roles or for access policies',
    },
    throttle: { type: 'boolean', default: false, describe: 'answer 429 beyond the limits that the service publishes' },
    log: { type: 'string', choices: ['text', 'json'], default: 'text', describe: 'form of the log on stderr' },
    softhsm: { type: 'string', describe: 'path of libsofthsm2.so, if it is in no usual place' },
  },
  examples: [
    ['keyferry-vault serve --data ./vault', 'serve until Ctrl-C'],
    ['eval "$(keyferry-vault env --data ./vault)"', 'lead the Azure clients of another shell there'],
    [
      "keyferry-vault serve --data ./vault --fault 'lost-answer,method=PUT,path=/keys/*'",
      'lose the answer to the first import, after the work',
    ],
  ],
  result: resultSchema,
  endsBySignal: true,
  text: () => '',
  async run({ data, softhsm, log: form, fault, policy, ...options }, terminal, signal) {
    // Here and not above: nothing else of this program needs the HSM.
    const { openVault } = await import('../open-vault.js');
    const log = lineLog(form as LogForm, { ...terminal, write: (line) => void process.stderr.write(`${line}\n`) });
    if (options.listen !== undefined && !isLoopback(options.listen)) {
      log.note(
        `proxy and TLS listener are open to others at ${options.listen}: whoever reaches them can use every key here, ` +
          'for the credentials are public',
      );
    }
    const vault = await openVault({
      data,
      port: options.port,
      proxyPort: options.proxyPort,
      adminPort: options.adminPort,
      listen: options.listen,
      softhsm,
      policies: new Set(policy),
      opaqueErrors: options.opaqueErrors,
      accessModel: options.accessModel as AccessModel,
      faults: fault,
      throttle: options.throttle,
      log,
    });
    const about = { data, ...vault.endpoint };
    if (form === 'text') terminal.say(howToReach(data, about));
    // With --json stdout has a line now and one at the end.
    if (terminal.json) process.stdout.write(`${JSON.stringify({ event: 'ready', ...about })}\n`);
    else terminal.print(`ready: proxy ${about.proxyUrl}, ${vault.keyCount} key versions`);
    await endOf(signal);
    await vault.close();
    return { result: { event: 'stopped' as const, ...about } };
  },
});

function portNumber(port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new KeyferryError('USAGE', { reason: `a port is a whole number from 0 to 65535; found ${port}` });
}

function ipAddress(text: string): string {
  if (isIP(text) !== 0) return text;
  throw new KeyferryError('USAGE', { reason: `--listen takes an IP address of this machine; found ${text}` });
}

function howToReach(data: string, { proxyUrl, caFile, adminUrl, adminTokenFile }: Endpoint): string {
  return [
    'This is an EMULATOR, for tests only. It is reached from a shell after',
    `  eval "$(keyferry-vault env --data ${quoted(data)})"`,
    'or by any client that uses',
    `  HTTPS_PROXY=${proxyUrl}`,
    `  NODE_EXTRA_CA_CERTS=${caFile} (REQUESTS_CA_BUNDLE, SSL_CERT_FILE)`,
    'under https://NAME.vault.azure.net and https://NAME.managedhsm.azure.net.',
    `Admin endpoint: ${adminUrl}, bearer token in ${adminTokenFile}`,
  ].join('\n');
}

/** Resolves at a signal, or when the process that started this one by fork has gone. */
async function endOf(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const endings = [once(signal, 'abort')];
  if (process.connected) endings.push(once(process, 'disconnect'));
  await Promise.race(endings);
  // The channel would keep the process alive.
  if (process.connected) process.disconnect();
}

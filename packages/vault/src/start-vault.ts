import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, isErrorCode, KeyferryError } from '@keyferry/errors';
import { type RemoteFaults, remoteFaults } from './admin/client.js';
import { readEndpoint } from './data/endpoint.js';
import { type Environment, environmentFor, type Identity } from './environment.js';
import type { ClientName } from './identity/credentials.js';
import type { AccessModel } from './identity/permissions.js';
import type { PolicyName } from './policies.js';

const PROGRAM = fileURLToPath(new URL('../dist/main.js', import.meta.url));

export interface StartOptions {
  /** The data folder; made if it is missing. */
  readonly data: string;
  /** Port of the TLS listener; a free one if left out. */
  readonly port?: number;
  readonly proxyPort?: number;
  /** What to accept that is refused by default. */
  readonly policies?: readonly PolicyName[];
  /** Say as little about a failed import as a real service does. */
  readonly opaqueErrors?: boolean;
  /** How vaults decide who may do what; roles (RBAC) if left out. */
  readonly accessModel?: AccessModel;
  /** Hold requests to the limits that the service publishes. */
  readonly throttle?: boolean;
}

export interface StartedVault {
  /** With these variables any Azure client reaches the emulator. NODE_EXTRA_CA_CERTS counts only when a process starts. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables that must not be set beside them. */
  readonly unset: readonly string[];
  /** The same for a client that may do less, or logs in in another way. */
  environment(options: { readonly client?: ClientName; readonly identity?: Identity }): Environment;
  /** PEM of the authority to trust. */
  readonly caFile: string;
  readonly proxyUrl: string;
  /** What goes wrong on purpose: see the section Faults of docs/emulator.md. */
  readonly faults: RemoteFaults;
  /** Ends the emulator; the keys stay in the data folder. */
  close(): Promise<void>;
}

/**
 * Starts the emulator for a test suite. It runs in a process of its own, since a process can use one SoftHSM2 folder
 * only, and ends with the process that started it. Throws DATA_FOLDER, DATA_IN_USE, PORT_IN_USE and errors of the HSM.
 */
export async function startVault(options: StartOptions): Promise<StartedVault> {
  const server = fork(PROGRAM, ['serve', '--quiet', '--json', ...wordsFor(options)], {
    execArgv: [],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const ended = once(server, 'exit');
  await firstLine(server);
  const endpoint = await readEndpoint(options.data);
  const environment = environmentFor(endpoint);
  // Neither the process nor its pipes keep the caller alive.
  server.unref();
  server.channel?.unref();
  return {
    env: environment.set,
    unset: environment.unset,
    environment: (options) => environmentFor(endpoint, options),
    caFile: endpoint.caFile,
    proxyUrl: endpoint.proxyUrl,
    faults: remoteFaults(endpoint),
    async close() {
      server.ref();
      if (server.exitCode === null && server.signalCode === null) server.kill('SIGTERM');
      await ended;
    },
  };
}

function wordsFor({
  data,
  port,
  proxyPort,
  policies = [],
  opaqueErrors,
  throttle,
  accessModel,
}: StartOptions): string[] {
  return [
    ...['--data', data],
    ...(port === undefined ? [] : ['--port', `${port}`]),
    ...(proxyPort === undefined ? [] : ['--proxy-port', `${proxyPort}`]),
    ...policies.flatMap((name) => ['--policy', name]),
    ...(opaqueErrors ? ['--opaque-errors'] : []),
    ...(throttle ? ['--throttle'] : []),
    ...(accessModel === undefined ? [] : ['--access-model', accessModel]),
  ];
}

/** Waits for the line that says ready; an error document in its place is thrown as the error that it describes. */
async function firstLine(server: ChildProcess): Promise<void> {
  const stdout = server.stdout as Readable;
  const lines = createInterface(stdout);
  const text: string[] = [];
  for await (const line of lines) {
    text.push(line);
    if (line.includes('"event":"ready"')) break;
  }
  const document = JSON.parse(text.join('\n') || '{}');
  if (document.event === 'ready') return;
  const { code = 'INTERNAL', cause = 'it ended before it was ready', hint } = document.error ?? {};
  throw new KeyferryError(isErrorCode(code) ? (code as ErrorCode) : 'INTERNAL', {
    reason: `keyferry-vault: ${cause}`,
    hint,
  });
}

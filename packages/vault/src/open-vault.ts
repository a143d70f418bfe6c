import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { makeAdminServer } from './admin/endpoint.js';
import type { Served } from './answer.js';
import { makeAttestor } from './attestation/attestor.js';
import { makeAuthority } from './authority.js';
import { type Endpoint, removeEndpoint, writeEndpoint } from './data/endpoint.js';
import {
  type DataFolder,
  dataFolder,
  makeFolder,
  markTokenReady,
  prepareFolder,
  readPin,
  replaceFile,
} from './data/folder.js';
import { lockFolder } from './data/lock.js';
import { readRecords, recordFiles } from './data/record-files.js';
import { checkRoom, hasRoom } from './data/room.js';
import { backUpToken, repairToken } from './data/token-files.js';
import type { Fault } from './faults/fault.js';
import { Faults } from './faults/faults.js';
import { makeThrottle } from './faults/throttle.js';
import { makeHealth } from './health.js';
import { SERVED_NAMES } from './hosts.js';
import { handleManagedIdentity } from './identity/managed-identity.js';
import type { AccessModel } from './identity/permissions.js';
import { makeTokens } from './identity/tokens.js';
import type { Engine } from './keys/engine.js';
import { Records } from './keys/records.js';
import { SessionPool } from './keys/session-pool.js';
import { findAgain, takeStock } from './keys/sweep.js';
import { tokenEngine } from './keys/token-engine.js';
import { type Listener, listen } from './listener.js';
import type { Log } from './log/request-event.js';
import type { VaultRequest } from './message.js';
import { type Policies, STRICT } from './policies.js';
import { makeProxy } from './proxy.js';
import { makeServer } from './server.js';
import { loadSoftHsm, MOST_OBJECTS, openToken, renewalOf } from './softhsm.js';

/** How long requests that are under way may take when the vault closes, in milliseconds. */
const LONGEST_FAREWELL = 5_000;

export interface VaultOptions {
  readonly data: string;
  /** Port of the TLS listener; 0 or nothing takes a free one. */
  readonly port?: number | undefined;
  readonly proxyPort?: number | undefined;
  readonly adminPort?: number | undefined;
  /** IP address for proxy and TLS listener; loopback if left out. The admin endpoint is on loopback always. */
  readonly listen?: string | undefined;
  /** Path of libsofthsm2.so, where it is not in one of its usual places. */
  readonly softhsm?: string | undefined;
  readonly policies?: Policies | undefined;
  /** Answers as little as a real service does about why something failed; default false. */
  readonly opaqueErrors?: boolean | undefined;
  /** How vaults decide who may do what; roles (RBAC) if left out. */
  readonly accessModel?: AccessModel | undefined;
  /** Faults on demand that wait from the start. */
  readonly faults?: readonly Fault[] | undefined;
  /** Hold requests to the limits that the service publishes. */
  readonly throttle?: boolean | undefined;
  /** After how many objects, those that are gone included, the token is opened anew; 20,000 if left out. */
  readonly mostObjects?: number | undefined;
  readonly log: Log;
}

export interface OpenVault {
  readonly endpoint: Endpoint;
  readonly keyCount: number;
  readonly faults: Faults;
  /** Lets what is under way come to its end; then nothing listens any more and the token is closed. */
  close(): Promise<void>;
}

/**
 * Serves a data folder from this process, which must not use SoftHSM2 for anything else.
 * Throws DATA_FOLDER, DATA_IN_USE, DISK_FULL, PORT_IN_USE, ADDRESS_NOT_HERE, MODULE_NOT_FOUND and other errors of the HSM.
 */
export async function openVault(options: VaultOptions): Promise<OpenVault> {
  const undo: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const work of undo.splice(0).reverse()) await work();
  };
  try {
    const folder = dataFolder(options.data);
    await makeFolder(folder);
    const lock = await lockFolder(folder.path);
    undo.push(() => lock.release());

    const keys = await openKeys(folder, options, undo);
    const authority = makeAuthority();
    const { policies = STRICT, opaqueErrors = false } = options;
    const now = () => Math.floor(Date.now() / 1000);
    const context = { ...keys, attestor: makeAttestor(), policies, opaqueErrors, now };
    const faults = new Faults(options.faults);
    const throttle = options.throttle ? makeThrottle() : null;
    const health = makeHealth(() => [...keys.records.all()].length);
    const tokens = makeTokens();
    const served = { context, tokens, accessModel: options.accessModel ?? 'rbac', faults, throttle, health };
    const { server, answered } = makeServer(authority.issue(SERVED_NAMES), served, options.log);
    const tls = await listen(server, options.port ?? 0, options.listen);
    undo.push(() => tls.end());
    const proxy = await listen(makeProxy(tls), options.proxyPort ?? 0, options.listen);
    undo.push(async () => {
      tls.stopAccepting();
      proxy.stopAccepting();
      await Promise.race([answered(), setTimeout(LONGEST_FAREWELL, undefined, { ref: false })]);
      await tls.end();
      // What has been answered may still be on its way through a tunnel.
      await proxy.end({ patience: LONGEST_FAREWELL });
    });

    const admin = await openAdmin(folder, { ...served, now, unforeseen: options.log.unforeseen }, options, undo);
    await replaceFile(folder.ca, authority.certificate);
    const endpoint = {
      pid: process.pid,
      proxyUrl: proxy.url,
      tlsPort: tls.port,
      caFile: folder.ca,
      adminUrl: admin.url,
      adminTokenFile: folder.adminToken,
      federatedTokenFile: folder.federatedToken,
    };
    await writeEndpoint(folder, endpoint);
    undo.push(() => removeEndpoint(folder));
    return { endpoint, keyCount: [...keys.records.all()].length, faults, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The admin endpoint with its token, and the token of workloads: both files go when the vault closes. */
async function openAdmin(
  folder: DataFolder,
  served: Pick<Served, 'faults' | 'health' | 'tokens'> & { now(): number; unforeseen: Log['unforeseen'] },
  { adminPort = 0 }: VaultOptions,
  undo: (() => void | Promise<void>)[],
): Promise<Listener> {
  const { faults, health, tokens, now, unforeseen } = served;
  const token = randomBytes(32).toString('base64url');
  for (const [path, secret] of [
    [folder.adminToken, token],
    [folder.federatedToken, tokens.issueFederated(now())],
  ] as const) {
    await replaceFile(path, `${secret}\n`);
    undo.push(() => rm(path, { force: true }));
  }
  const identity = (request: VaultRequest) => handleManagedIdentity(request, tokens, now());
  const admin = await listen(makeAdminServer({ faults, health, token, identity, unforeseen }), adminPort);
  undo.push(() => admin.end());
  return admin;
}

async function openKeys(
  folder: DataFolder,
  { softhsm, log, mostObjects = MOST_OBJECTS }: VaultOptions,
  undo: (() => void | Promise<void>)[],
): Promise<{ records: Records; engine: Engine }> {
  // SoftHSM2 writes at each login, and would lose its token to a full disk.
  checkRoom(folder.path);
  const { tokenIsReady } = await prepareFolder(folder);
  const loaded = await readRecords(folder.keys);
  const pin = await readPin(folder);
  const empty = tokenIsReady ? await repairToken(folder) : 0;
  const module = loadSoftHsm(folder.conf, softhsm);
  undo.push(() => module.close());
  const token = openToken(module, pin, { ready: tokenIsReady });
  if (!tokenIsReady) {
    await backUpToken(folder);
    await markTokenReady(folder);
  }
  const renewal = renewalOf(module, mostObjects, {
    hasRoom: () => hasRoom(folder.path),
    renewed: (session) => findAgain(session, handles),
  });
  const pool = new SessionPool(token, pin, renewal);
  undo.push(() => pool.drained());

  const { handles, unnamed, stuck, lost } = takeStock(pool.anchor, loaded);
  const swept = empty + unnamed;
  if (swept > 0) log.note(`${swept} unfinished ${swept === 1 ? 'object was' : 'objects were'} removed from the token`);
  if (stuck > 0)
    log.note(`${stuck} unfinished ${stuck === 1 ? 'object' : 'objects'} could not be removed from the token`);
  for (const { host, name, version } of lost) log.note(`the token has lost the key of ${host}/${name}/${version}`);
  const records = new Records(loaded, recordFiles(folder.keys));
  return { records, engine: tokenEngine(pool, handles, () => checkRoom(folder.path)) };
}

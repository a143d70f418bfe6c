import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile, readSecretFile, writeOutputs } from '@keyferry/files';
import { z } from 'zod';

/** Where things lie in a data folder. */
export interface DataFolder {
  readonly path: string;
  /** Says that the folder is ours, and whether its token is complete. */
  readonly marker: string;
  /** The configuration of SoftHSM2. */
  readonly conf: string;
  readonly tokens: string;
  /** A copy of what SoftHSM2 opens its token with. */
  readonly tokenBackup: string;
  /** Mode 0600. */
  readonly pin: string;
  /** One JSON file a key version. */
  readonly keys: string;
  /** The authority's certificate of this start. */
  readonly ca: string;
  /** How to reach the running server; there is none while none runs. */
  readonly endpoint: string;
  /** The bearer token of the admin endpoint of this start. Mode 0600. */
  readonly adminToken: string;
  /** The token of a workload of this start. Mode 0600. */
  readonly federatedToken: string;
}

/** What a process that was killed while writing leaves behind. */
export const UNFINISHED = /^\.keyferry-[0-9a-f]+\.tmp$/;

const markerSchema = z.strictObject({ schema: z.literal('keyferry/vault-data/1'), token: z.enum(['new', 'ready']) });

export function dataFolder(path: string): DataFolder {
  const root = resolve(path);
  const at = (name: string) => join(root, name);
  return {
    path: root,
    marker: at('keyferry-vault.json'),
    conf: at('softhsm2.conf'),
    tokens: at('tokens'),
    tokenBackup: at('token.object.backup'),
    pin: at('pin'),
    keys: at('keys'),
    ca: at('ca.pem'),
    endpoint: at('endpoint.json'),
    adminToken: at('admin-token'),
    federatedToken: at('federated-token'),
  };
}

/** Makes the folder unless it is there, with mode 0700. Throws DATA_FOLDER. */
export async function makeFolder({ path, marker }: DataFolder): Promise<void> {
  try {
    await makeWithParents(path);
    const mode = (await stat(path)).mode & 0o777;
    if ((mode & 0o077) === 0) return;
    const entries = await readdir(path);
    // Nobody shall be told to change the mode of /etc.
    if (entries.length > 0 && !entries.includes(basename(marker))) throw foreign(path);
    throw new KeyferryError('DATA_FOLDER', {
      reason: `expected mode 0700, found 0${mode.toString(8)}: ${path}`,
      hint: `chmod 700 ${path}`,
    });
  } catch (cause) {
    throw unusable(path, cause);
  }
}

/** Not `recursive`: below a folder that takes none, such as /proc, Node would try for ever. */
async function makeWithParents(path: string, parent = dirname(path)): Promise<void> {
  const make = () => mkdir(path, { mode: 0o700 });
  try {
    await make();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || (await isThere(parent))) throw error;
    await makeWithParents(parent);
    await make();
  }
}

export function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Prepares a locked folder, and tells whether its token must still be made. A folder with things of others in it is
 * refused: DATA_FOLDER.
 */
export async function prepareFolder(folder: DataFolder): Promise<{ tokenIsReady: boolean }> {
  try {
    const entries = await readdir(folder.path);
    const unfinished = entries.filter((name) => UNFINISHED.test(name));
    const marker = entries.length === unfinished.length ? null : await readMarker(folder);
    await Promise.all(unfinished.map((name) => rm(join(folder.path, name))));
    if (marker === null) await writeMarker(folder, 'new');
    // Without a complete token there is no key yet: whatever was begun is begun again.
    if (marker !== 'ready') await beginToken(folder);
    await makeWithParents(folder.keys);
    await writeConfiguration(folder);
    return { tokenIsReady: marker === 'ready' };
  } catch (cause) {
    throw unusable(folder.path, cause);
  }
}

/** After this the token is kept for good. */
export async function markTokenReady(folder: DataFolder): Promise<void> {
  await writeMarker(folder, 'ready');
}

export function readPin(folder: DataFolder): Promise<string> {
  return readSecretFile(folder.pin);
}

/** Whether a folder is ours, and its token complete. Throws DATA_FOLDER. */
export async function readMarker({ marker, path }: DataFolder): Promise<'new' | 'ready'> {
  try {
    return markerSchema.parse(JSON.parse((await readBoundedFile(marker, { maxBytes: 1024 })).toString())).token;
  } catch (cause) {
    throw foreign(path, cause);
  }
}

function writeMarker({ marker }: DataFolder, token: 'new' | 'ready'): Promise<void> {
  return replaceFile(marker, `${JSON.stringify({ schema: 'keyferry/vault-data/1', token })}\n`);
}

async function beginToken({ tokens, pin }: DataFolder): Promise<void> {
  await rm(tokens, { recursive: true, force: true });
  await mkdir(tokens, { mode: 0o700 });
  await replaceFile(pin, `${randomBytes(16).toString('hex')}\n`);
}

/** Written at each start: the folder may have been moved. */
function writeConfiguration({ conf, tokens }: DataFolder): Promise<void> {
  const lines = [`directories.tokendir = ${tokens}`, 'objectstore.backend = file', 'log.level = ERROR', ''];
  return replaceFile(conf, lines.join('\n'));
}

/** Writes a file atomically and durably, with mode 0600. */
export function replaceFile(path: string, text: string): Promise<void> {
  return writeOutputs([{ path, bytes: Buffer.from(text) }], { force: true });
}

function foreign(path: string, cause?: unknown): KeyferryError {
  const reason = `found other things than those of keyferry-vault in ${path}`;
  return new KeyferryError('DATA_FOLDER', { reason, ...(cause !== undefined && { cause }) });
}

function unusable(path: string, cause: unknown): KeyferryError {
  if (cause instanceof KeyferryError && cause.code === 'DATA_FOLDER') return cause;
  const reason = cause instanceof KeyferryError ? cause.reason : `${path}: ${(cause as Error).message}`;
  return new KeyferryError('DATA_FOLDER', { reason, cause });
}

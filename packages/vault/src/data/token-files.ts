import { readdirSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { writeOutputs } from '@keyferry/files';
import type { DataFolder } from './folder.js';

/** Where SoftHSM2 keeps its PINs and the key that encrypts all objects. */
const TOKEN_OBJECT = 'token.object';

/**
 * Keeps what SoftHSM2 needs to open its token: it writes this file anew at each login, and a process that is killed then
 * leaves it empty, and with it all keys lost. PINs and key are never changed, so one copy is good for ever.
 */
export async function backUpToken(folder: DataFolder): Promise<void> {
  const bytes = await readFile(join(tokenFolder(folder), TOKEN_OBJECT));
  if (bytes.length === 0) throw damaged(folder);
  await writeOutputs([{ path: folder.tokenBackup, bytes }], { force: true });
}

/**
 * Repairs what a process that was killed while it wrote can leave in the folder of the token. Before the token is opened:
 * SoftHSM2 shows empty objects to nobody. Answers how many of them were removed. Throws DATA_FOLDER.
 */
export async function repairToken(folder: DataFolder): Promise<number> {
  const path = tokenFolder(folder);
  const sizes = new Map(readdirSync(path).map((name) => [name, statSync(join(path, name)).size]));
  await restoreTokenObject(folder, join(path, TOKEN_OBJECT), sizes.get(TOKEN_OBJECT) ?? 0);
  const empty = [...sizes].flatMap(([name, size]) =>
    size === 0 && name.endsWith('.object') && name !== TOKEN_OBJECT ? [name] : [],
  );
  for (const name of empty) {
    rmSync(join(path, name));
    rmSync(join(path, name.replace(/object$/, 'lock')), { force: true });
  }
  return empty.length;
}

async function restoreTokenObject(folder: DataFolder, path: string, size: number): Promise<void> {
  const backup = await readFile(folder.tokenBackup).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (backup === null) return backUpToken(folder);
  if (size !== backup.length) await writeOutputs([{ path, bytes: backup }], { force: true });
}

function tokenFolder(folder: DataFolder): string {
  const [name, ...others] = readdirSync(folder.tokens);
  if (name === undefined || others.length > 0) throw damaged(folder);
  return join(folder.tokens, name);
}

function damaged({ tokens }: DataFolder): KeyferryError {
  return new KeyferryError('DATA_FOLDER', { reason: `expected the one token of keyferry-vault in ${tokens}` });
}

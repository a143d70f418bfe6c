import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import type { KeyUse, MadeKey } from '../keys/engine.js';
import type { KeyRecord } from '../keys/record.js';
import { nameIsDeleted } from '../rules/missing-keys.js';
import { notImplemented } from '../rules/refusal.js';
import type { attributesSchema } from './body.js';
import type { Context, KeyCall } from './context.js';

export function useOf(call: KeyCall, keyOps: readonly string[]): KeyUse {
  return { label: `${call.request.host.host}/${call.name}`, keyOps };
}

/** 409 before the token has any work with it; that it still holds is checked again when the key is committed. */
export function checkNameIsFree({ request, name }: KeyCall, { records }: Context): void {
  if (records.versions(request.host.host, name, 'deleted').length > 0) throw nameIsDeleted(name);
}

export function checkNotExportable(body: {
  attributes?: { exportable?: boolean | undefined } | undefined;
  release_policy?: unknown;
}): void {
  if (body.attributes?.exportable !== true && body.release_policy === undefined) return;
  throw notImplemented('keyferry-vault has no exportable keys (Secure Key Release) and no release policies.');
}

export interface Wanted extends Pick<KeyRecord, 'hsm' | 'keyOps' | 'origin'> {
  readonly attributes?: z.output<typeof attributesSchema> | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** Commits a made key as a new version; if that fails the key is taken out of the token again. */
export async function commitKey(
  call: KeyCall,
  { records, engine, now }: Context,
  made: MadeKey,
  wanted: Wanted,
): Promise<KeyRecord> {
  const created = now();
  const { host } = call.request.host;
  const { enabled = true, exp, nbf } = wanted.attributes ?? {};
  try {
    return await records.add({
      host,
      name: records.newest(host, call.name)?.name ?? call.name,
      version: randomBytes(16).toString('hex'),
      hsm: wanted.hsm,
      material: made.material,
      objectId: made.objectId,
      origin: wanted.origin,
      keyOps: [...wanted.keyOps],
      enabled,
      ...(exp !== undefined && { exp }),
      ...(nbf !== undefined && { nbf }),
      created,
      updated: created,
      tags: { ...wanted.tags },
    });
  } catch (error) {
    await engine.destroy(made.objectId);
    throw error;
  }
}

import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { KeyUse, MadeKey } from '../keys/engine.js';
import type { KeyRecord } from '../keys/record.js';
import { ok, type Reply } from '../message.js';
import { readKeyOps } from '../rules/key-ops.js';
import { checkTypeForHost, readCurve, readKty, readNewKeySpec, type TargetSpec } from '../rules/key-types.js';
import { nameIsDeleted } from '../rules/missing-keys.js';
import { notImplemented } from '../rules/refusal.js';
import { decodeKeyHsm, readTransferBlob } from '../rules/transfer-blob.js';
import { cutCiphertext, findKek } from '../rules/transfer-kek.js';
import { attributesSchema, keyOpsSchema, optional, readBody, tagsSchema } from './body.js';
import { keyBundle } from './bundle.js';
import type { Context, KeyCall } from './context.js';

const createBody = z.object({
  kty: z.string(),
  key_size: optional(z.int()),
  public_exponent: optional(z.int()),
  crv: optional(z.string()),
  key_ops: optional(keyOpsSchema),
  attributes: optional(attributesSchema),
  tags: optional(tagsSchema),
  release_policy: optional(z.unknown()),
});

/** POST /keys/NAME/create: a new key, or a new version of one that exists. */
export async function createKey(call: KeyCall, context: Context): Promise<Reply> {
  const body = readBody(createBody, call.request.body);
  const { type, hsm } = readKty(body.kty);
  checkTypeForHost(type, hsm, call.request.host.kind);
  const spec = readNewKeySpec(type, { keySize: body.key_size, crv: body.crv, publicExponent: body.public_exponent });
  const keyOps = readKeyOps(body.key_ops, type, type === 'RSA' && hsm);
  checkNotExportable(body);
  checkNameIsFree(call, context);
  const made = await context.engine.generate(spec, useOf(call, keyOps));
  return ok(keyBundle(await keep(call, context, made, { hsm, keyOps, origin: 'generated', ...body })));
}

const importBody = z.object({
  key: z.object({
    kty: z.string(),
    crv: optional(z.string()),
    key_ops: optional(keyOpsSchema),
    key_hsm: optional(z.string()),
  }),
  attributes: optional(attributesSchema),
  tags: optional(tagsSchema),
  release_policy: optional(z.unknown()),
});

/**
 * PUT /keys/NAME with key_hsm: opens a key transfer blob in the token. What comes out is an HSM key, whatever
 * the member `Hsm` and the suffix of kty say.
 */
export async function importKey(call: KeyCall, context: Context): Promise<Reply> {
  const { records, policies, onStep } = context;
  const { host } = call.request;
  const body = readBody(importBody, call.request.body);
  if (body.key.key_hsm === undefined) {
    throw notImplemented('keyferry-vault imports keys by key_hsm (a key transfer blob) only, no plain JSON Web Keys.');
  }
  const { type } = readKty(body.key.kty);
  checkTypeForHost(type, true, host.kind);
  const keyOps = readKeyOps(body.key.key_ops, type, false);
  const crv = type === 'EC' ? readCurve(body.key.crv) : undefined;
  checkNotExportable(body);
  checkNameIsFree(call, context);

  const file = decodeKeyHsm(body.key.key_hsm, policies);
  const blob = readTransferBlob(file, policies);
  onStep?.('decode', `a blob of ${file.length} bytes`);
  const kek = findKek(blob.kid, host, records, policies, context.now());
  onStep?.('kid', blob.kid);
  onStep?.('kek', `${kek.material.type === 'RSA' ? `RSA-${kek.material.bits}, ` : ''}for import only, usable now`);
  const transfer = cutCiphertext(blob.ciphertext, kek, type, policies);
  onStep?.('lengths', `${transfer.wrappedAesKey.length} + ${transfer.wrappedTarget.length} bytes`);
  // RFC 5649 adds 8 bytes to an AES key; the size of an RSA key shows when it is open.
  const bits = (transfer.wrappedTarget.length - 8) * 8;
  const spec: TargetSpec = crv !== undefined ? { type: 'EC', crv } : type === 'oct' ? { type, bits } : { type: 'RSA' };
  const made = await context.engine.unwrapTransfer(kek, transfer, spec, useOf(call, keyOps), onStep);
  const record = await keep(call, context, made, { hsm: true, keyOps, origin: 'imported', ...body });
  onStep?.('commit', `version ${record.version}`);
  return ok(keyBundle(record));
}

function useOf(call: KeyCall, keyOps: readonly string[]): KeyUse {
  return { label: `${call.request.host.host}/${call.name}`, keyOps };
}

/** 409 before the token has any work with it; that it still holds is checked again when the key is committed. */
function checkNameIsFree({ request, name }: KeyCall, { records }: Context): void {
  if (records.versions(request.host.host, name, 'deleted').length > 0) throw nameIsDeleted(name);
}

function checkNotExportable(body: {
  attributes?: { exportable?: boolean | undefined } | undefined;
  release_policy?: unknown;
}): void {
  if (body.attributes?.exportable !== true && body.release_policy === undefined) return;
  throw notImplemented('keyferry-vault has no exportable keys (Secure Key Release) and no release policies.');
}

interface Wanted extends Pick<KeyRecord, 'hsm' | 'keyOps' | 'origin'> {
  readonly attributes?: z.output<typeof attributesSchema> | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** Commits a made key as a new version; if that fails the key is taken out of the token again. */
async function keep(
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

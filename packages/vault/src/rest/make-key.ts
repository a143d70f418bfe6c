import { z } from 'zod';
import { ok, type Reply } from '../message.js';
import { readKeyOps } from '../rules/key-ops.js';
import { checkTypeForHost, readCurve, readKty, readNewKeySpec, type TargetSpec } from '../rules/key-types.js';
import { badParameter } from '../rules/refusal.js';
import { decodeKeyHsm, readTransferBlob } from '../rules/transfer-blob.js';
import { cutCiphertext, findKek } from '../rules/transfer-kek.js';
import { attributesSchema, keyOpsSchema, optional, readBody, tagsSchema, word } from './body.js';
import { keyBundle } from './bundle.js';
import { checkNameIsFree, checkNotExportable, commitKey, useOf } from './commit-key.js';
import type { Context, KeyCall } from './context.js';
import { hasPlainMember, importPlainKey, plainMembers } from './import-plain-key.js';

const createBody = z.object({
  kty: word,
  key_size: optional(z.int()),
  public_exponent: optional(z.int()),
  crv: optional(word),
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
  return ok(keyBundle(await commitKey(call, context, made, { hsm, keyOps, origin: 'generated', ...body })));
}

const importBody = z.object({
  Hsm: optional(z.boolean()),
  key: z.object({
    ...plainMembers,
    kty: word,
    crv: optional(word),
    key_ops: optional(keyOpsSchema),
    key_hsm: optional(z.string()),
  }),
  attributes: optional(attributesSchema),
  tags: optional(tagsSchema),
  release_policy: optional(z.unknown()),
});

/** PUT /keys/NAME: a JSON Web Key with its private members, or `key_hsm` in place of them. */
export async function importKey(call: KeyCall, context: Context): Promise<Reply> {
  const body = readBody(importBody, call.request.body);
  const { key_hsm: keyHsm } = body.key;
  if (keyHsm === undefined) return importPlainKey(call, context, body);
  if (hasPlainMember(body.key)) throw badParameter('The property "key" has both "key_hsm" and a key in plaintext.');
  return importTransfer(call, context, body, keyHsm);
}

/**
 * Opens a key transfer blob in the token. What comes out is an HSM key, whatever the member `Hsm` and the suffix of kty
 * say.
 */
async function importTransfer(
  call: KeyCall,
  context: Context,
  body: z.output<typeof importBody>,
  keyHsm: string,
): Promise<Reply> {
  const { records, policies, onStep } = context;
  const { host } = call.request;
  const { type } = readKty(body.key.kty);
  checkTypeForHost(type, true, host.kind);
  const keyOps = readKeyOps(body.key.key_ops, type, false);
  const crv = type === 'EC' ? readCurve(body.key.crv) : undefined;
  checkNotExportable(body);
  checkNameIsFree(call, context);

  const file = decodeKeyHsm(keyHsm, policies);
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
  const record = await commitKey(call, context, made, { hsm: true, keyOps, origin: 'imported', ...body });
  onStep?.('commit', `version ${record.version}`);
  return ok(keyBundle(record));
}

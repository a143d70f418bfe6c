import { z } from 'zod';
import { ok, type Reply } from '../message.js';
import { readKeyOps } from '../rules/key-ops.js';
import { checkTypeForHost, readKty } from '../rules/key-types.js';
import { PLAIN_MEMBERS, type PlainMember, readPlainKey, wipe } from '../rules/plain-key.js';
import { optional } from './body.js';
import { keyBundle } from './bundle.js';
import { checkNameIsFree, checkNotExportable, commitKey, useOf, type Wanted } from './commit-key.js';
import type { Context, KeyCall } from './context.js';

const member = optional(z.string());

/** The members of an import that hold the key, not yet decoded. */
export const plainMembers = Object.fromEntries(PLAIN_MEMBERS.map((name) => [name, member])) as Record<
  PlainMember,
  typeof member
>;

/** Whether a key brings anything of itself in plaintext; the public members of a blob's target may stand beside it. */
export function hasPlainMember(key: PlainImport['key']): boolean {
  return (['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'] as const).some((name) => key[name] !== undefined);
}

interface PlainImport extends Pick<Wanted, 'attributes' | 'tags'> {
  readonly Hsm?: boolean | undefined;
  readonly key: Readonly<Partial<Record<PlainMember | 'crv', string | undefined>>> & {
    readonly kty: string;
    readonly key_ops?: readonly string[] | undefined;
  };
  readonly release_policy?: unknown;
}

/**
 * PUT /keys/NAME with a JSON Web Key in plaintext: it goes straight into the token, where it can be neither read nor
 * taken out any more. The bytes that were decoded are filled with zeros then; the text that was parsed cannot be.
 */
export async function importPlainKey(call: KeyCall, context: Context, body: PlainImport): Promise<Reply> {
  const named = readKty(body.key.kty);
  const hsm = named.hsm || body.Hsm === true;
  checkTypeForHost(named.type, hsm, call.request.host.kind);
  const keyOps = readKeyOps(body.key.key_ops, named.type, false);
  checkNotExportable(body);
  checkNameIsFree(call, context);
  const key = readPlainKey(named.type, body.key);
  try {
    const exponents = context.policies.has('other-public-exponent') ? 'odd' : 'usual';
    const made = await context.engine.importPlain(key, exponents, useOf(call, keyOps));
    return ok(keyBundle(await commitKey(call, context, made, { ...body, hsm, keyOps, origin: 'imported' })));
  } finally {
    wipe(key);
  }
}

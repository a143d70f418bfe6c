import { createPublicKey, randomBytes } from 'node:crypto';
import { practiceKey } from '../../../../test/support/practice-keys.js';
import { makeAttestor } from '../../src/attestation/attestor.js';
import type { Engine } from '../../src/keys/engine.js';
import type { KeyMaterial } from '../../src/keys/record.js';
import { type RecordStore, Records } from '../../src/keys/records.js';
import { STRICT } from '../../src/policies.js';
import type { Context } from '../../src/rest/context.js';
import type { KeySpec, TargetSpec } from '../../src/rules/key-types.js';

/** An engine without HSM: its keys are the public parts of practice keys, and it answers with what it was given. */
export function memoryEngine(): Engine & { readonly objects: Set<string> } {
  const objects = new Set<string>();
  const make = (spec: KeySpec | TargetSpec) => {
    const objectId = randomBytes(16).toString('hex');
    objects.add(objectId);
    return { objectId, material: materialOf(spec) };
  };
  return {
    objects,
    generate: async (spec) => make(spec),
    unwrapTransfer: async (_kek, _transfer, spec) => make(spec),
    importPlain: async (key) => make(key.type === 'oct' ? { type: 'oct', bits: key.k.length * 8 } : key),
    remake: async (key) => make(key.material).objectId,
    destroy: async (objectId) => void objects.delete(objectId),
    protection: async ({ origin }) => ({
      ...{ sensitive: true, extractable: false },
      ...{
        local: origin === 'generated',
        alwaysSensitive: origin === 'generated',
        neverExtractable: origin === 'generated',
      },
    }),
    sign: async (_key, _algorithm, digest) => digest,
    verify: async (_key, _algorithm, digest, signature) => digest.equals(signature),
    rsaDecrypt: async (_key, _padding, ciphertext) => ciphertext,
    aesEncrypt: async (_key, mode, { value }) => (mode === 'gcm' ? { value, tag: Buffer.alloc(16) } : { value }),
    aesDecrypt: async (_key, _mode, { value }) => value,
    aesWrap: async (_key, value) => value,
    aesUnwrap: async (_key, wrapped) => wrapped,
    random: (bytes) => randomBytes(bytes),
  };
}

/** A vault of nothing but memory; `now` is in Unix seconds. */
export function memoryContext(now = 1_800_000_000): Context & { engine: ReturnType<typeof memoryEngine> } {
  return {
    records: new Records([], memoryStore()),
    engine: memoryEngine(),
    attestor: makeAttestor(),
    policies: STRICT,
    now: () => now,
  };
}

/** A store that keeps nothing: the records live in memory anyway. */
export function memoryStore(): RecordStore {
  return { write: async () => undefined, remove: async () => undefined };
}

const CURVE_KEYS = { 'P-256': 'ec-p256', 'P-384': 'ec-p384', 'P-521': 'ec-p521', 'P-256K': 'ec-secp256k1' } as const;

function materialOf(spec: KeySpec | TargetSpec): KeyMaterial {
  if (spec.type === 'oct') return { type: 'oct', bits: spec.bits };
  if (spec.type === 'EC') {
    const { x = '', y = '' } = createPublicKey(practiceKey(CURVE_KEYS[spec.crv])).export({ format: 'jwk' });
    return { type: 'EC', crv: spec.crv, x, y };
  }
  const { n = '', e = '' } = createPublicKey(practiceKey('rsa-2048')).export({ format: 'jwk' });
  return { type: 'RSA', bits: 2048, n, e };
}

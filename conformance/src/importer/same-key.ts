import {
  constants,
  createCipheriv,
  createHash,
  createPublicKey,
  type KeyObject,
  publicEncrypt,
  verify,
} from 'node:crypto';
import type { KeyVaultKey } from '@azure/keyvault-keys';
import { seededRandom, type TargetName } from '../making/wrong-blob.js';
import type { SuiteFinding } from '../suite/verdict.js';
import { attempt } from './attempt.js';
import type { Endpoint } from './endpoint.js';
import { finding } from './judging.js';
import { TARGETS } from './targets.js';

const CLAUSE = 'Azure BYOK specification, import';

/** Whether a key of the service is the one that was sent: its public part, shown twice, and what it does. */
export async function sameKey(
  endpoint: Endpoint,
  answered: KeyVaultKey,
  name: TargetName,
  sent: KeyObject,
  seed: number,
): Promise<SuiteFinding[]> {
  const stored = await attempt(() => endpoint.get(answered.name, answered.properties.version));
  const working = await attempt(() => worksAs(endpoint, answered, name, sent, seededRandom(String(seed))));
  return [
    shownAs('answered-key', answered, name, sent),
    stored.done
      ? shownAs('stored-key', stored.value, name, sent)
      : finding('stored-key', {
          holds: false,
          clause: CLAUSE,
          expected: 'the version that was answered is there',
          actual: stored.refusal.text,
        }),
    finding('works-as-the-key', {
      holds: working.done && working.value,
      clause: CLAUSE,
      expected: 'what the service does with the key fits the key that was sent',
      actual: working.done ? (working.value ? 'it fits' : 'it does not fit') : working.refusal.text,
    }),
  ];
}

function shownAs(id: string, shown: KeyVaultKey, name: TargetName, sent: KeyObject): SuiteFinding {
  const { kty, crv } = TARGETS[name];
  const [expected, actual] = [
    publicText(kty, crv, membersOf(sent)),
    publicText(shown.keyType, shown.key?.crv, shown.key),
  ];
  return finding(id, { holds: expected === actual, clause: CLAUSE, expected, actual });
}

type PublicMembers = Partial<Record<'n' | 'e' | 'x' | 'y', Uint8Array>>;

function membersOf(sent: KeyObject): PublicMembers {
  if (sent.type === 'secret') return {};
  const jwk = createPublicKey(sent).export({ format: 'jwk' });
  return Object.fromEntries(
    (['n', 'e', 'x', 'y'] as const).flatMap((member) =>
      jwk[member] === undefined ? [] : [[member, Buffer.from(jwk[member], 'base64url')]],
    ),
  );
}

/** Type, curve, and a digest over the public members without leading zeros; an AES key has none. */
function publicText(kty: string | undefined, crv: string | undefined, members: PublicMembers | undefined): string {
  const numbers = (['n', 'e', 'x', 'y'] as const).map((member) =>
    Buffer.from(members?.[member] ?? [])
      .toString('hex')
      .replace(/^0+/, ''),
  );
  const shown = numbers.join('') === '' ? 'no public key' : `public key ${sha256(numbers.join(' ')).slice(0, 16)}`;
  return [kty ?? 'no type', ...(crv === undefined ? [] : [crv]), shown].join(', ');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A signature that verifies; for RSA also a decryption; for AES a block that is encrypted to the same bytes. */
async function worksAs(
  endpoint: Endpoint,
  key: KeyVaultKey,
  name: TargetName,
  sent: KeyObject,
  random: (words: string, bytes: number) => Uint8Array,
): Promise<boolean> {
  const { kty, signature } = TARGETS[name];
  if (signature === undefined) return encryptsAs(endpoint, key, sent, random);
  const message = random('message', 32);
  const digest = createHash(signature.hash).update(message).digest();
  const signed = await endpoint.use(key, (service) => service.sign(signature.algorithm, digest));
  const publicKey = createPublicKey(sent);
  if (!verify(signature.hash, message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signed.result)) return false;
  if (kty !== 'RSA-HSM') return true;
  const secret = random('secret', 32);
  const padding = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
  const ciphertext = publicEncrypt(padding, secret);
  const opened = await endpoint.use(key, (service) => service.decrypt({ algorithm: 'RSA-OAEP', ciphertext }));
  return Buffer.from(opened.result).equals(secret);
}

async function encryptsAs(
  endpoint: Endpoint,
  key: KeyVaultKey,
  sent: KeyObject,
  random: (words: string, bytes: number) => Uint8Array,
): Promise<boolean> {
  const bits = (sent.symmetricKeySize ?? 0) * 8;
  const [plaintext, iv] = [random('block', 16), random('initial value', 16)];
  const algorithm = `A${bits as 128 | 192 | 256}CBC` as const;
  const { result } = await endpoint.use(key, (service) => service.encrypt({ algorithm, plaintext, iv }));
  const cipher = createCipheriv(`aes-${bits}-cbc`, sent, iv).setAutoPadding(false);
  return Buffer.from(result).equals(Buffer.concat([cipher.update(plaintext), cipher.final()]));
}

import { constants, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto';
import { CKG, CKM, type OaepParameter } from '@keyferry/pkcs11';
import { HASH_BYTES, type HashName, hashOf, unmaskOaep } from '../../oracle/oaep.js';
import { attempt } from '../hsm.js';
import { judged, returnedBy, unsupported } from '../judging.js';
import { generateAes } from '../keys.js';
import type { CaseTable, ModuleCase } from '../module-case.js';
import { proofOf } from '../proof.js';
import { softwareRsa, unwrappingRsa, wrappingRsa } from '../software-rsa.js';

const CLAUSE = 'PKCS#11 v3.1 section 6.1.8, RFC 8017 section 7.1';
/** CKR_MECHANISM_PARAM_INVALID and what else modules say about parameters that they do not have. */
const NOT_SUPPORTED = [0x71, 0x70, 0x7];

interface Hashing {
  readonly hash: HashName;
  readonly mgf: HashName;
}

const NUMBERS = {
  sha1: [CKM.SHA_1, CKG.MGF1_SHA1],
  sha256: [CKM.SHA256, CKG.MGF1_SHA256],
  sha384: [CKM.SHA384, CKG.MGF1_SHA384],
  sha512: [CKM.SHA512, CKG.MGF1_SHA512],
} as const satisfies Record<HashName, readonly [number, number]>;

/** What a KEK of Key Vault wants, and what modules have beside it. */
const HASHINGS: Readonly<Record<string, Hashing>> = {
  'sha-1': { hash: 'sha1', mgf: 'sha1' },
  'sha-256': { hash: 'sha256', mgf: 'sha256' },
  'sha-384': { hash: 'sha384', mgf: 'sha384' },
  'sha-512': { hash: 'sha512', mgf: 'sha512' },
  'sha-256-mgf1-sha-1': { hash: 'sha256', mgf: 'sha1' },
};

function parameterOf({ hash, mgf }: Hashing): OaepParameter {
  return { kind: 'oaep', hash: NUMBERS[hash][0], mgf: NUMBERS[mgf][1] };
}

/** The hash functions by which a product opens, as `sha1 with mgf1 sha1`; null when by none that is known. */
function openedBy(key: KeyObject, wrapped: Buffer): Hashing | null {
  const encoded = decrypted(key, wrapped);
  if (encoded === null) return null;
  try {
    const names = Object.keys(HASH_BYTES) as HashName[];
    const pairs = names.flatMap((hash) => names.map((mgf) => ({ hash, mgf })));
    return pairs.find((pair) => encoded[0] === 0 && opens(encoded, pair)) ?? null;
  } finally {
    encoded.fill(0);
  }
}

/** Null for what is no number below the modulus, since it was made under another key. */
function decrypted(key: KeyObject, wrapped: Buffer): Buffer | null {
  try {
    return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, wrapped);
  } catch {
    return null;
  }
}

function opens(encoded: Buffer, { hash, mgf }: Hashing): boolean {
  const block = unmaskOaep(encoded, hash, mgf);
  const right = hashOf(hash).equals(block.subarray(0, HASH_BYTES[hash]));
  block.fill(0);
  return right;
}

function nameOf({ hash, mgf }: Hashing): string {
  return `OAEP with ${hash} and MGF1 with ${mgf}`;
}

function wraps(hashing: Hashing, needed: boolean): ModuleCase {
  return {
    title: `wraps by ${nameOf(hashing)} when it is asked to, or refuses`,
    level: 'must',
    clause: CLAUSE,
    why: 'A module that takes the parameters and uses others makes blobs that look right and that no vault opens.',
    since: '0.1.0',
    async run(hsm) {
      const type = CKM.RSA_PKCS_OAEP;
      if (!hsm.token.mechanismInfo(type)?.flags.wrap) return unsupported('the token does not wrap by RSA-OAEP');
      const pair = softwareRsa();
      const kek = wrappingRsa(hsm, pair);
      const key = await generateAes(hsm, { sensitive: true, extractable: true });
      const wrapped = await attempt(() => hsm.session.wrapKey({ type, parameter: parameterOf(hashing) }, kek, key));
      if (!wrapped.done) {
        if (!needed && NOT_SUPPORTED.includes(wrapped.number))
          return unsupported(`it refuses ${nameOf(hashing)}: ${returnedBy(wrapped)}`);
        return judged([
          {
            id: 'oaep/wraps',
            level: 'warn',
            clause: CLAUSE,
            expected: nameOf(hashing),
            actual: `it returned ${returnedBy(wrapped)}`,
          },
        ]);
      }
      const found = openedBy(pair.privateKey, wrapped.value);
      const right = found?.hash === hashing.hash && found.mgf === hashing.mgf;
      const actual = found === null ? 'none that is known' : nameOf(found);
      return judged([
        { id: 'oaep/wraps', level: right ? 'pass' : 'fail', clause: CLAUSE, expected: nameOf(hashing), actual },
      ]);
    },
  };
}

function unwraps(hashing: Hashing & { readonly mgf: HashName }, needed: boolean): ModuleCase {
  return {
    title: `unwraps what a peer wrapped by ${nameOf(hashing)}, and nothing else under these parameters`,
    level: 'must',
    clause: CLAUSE,
    why: 'What a module unwraps under other parameters than were asked for was not checked at all.',
    since: '0.1.0',
    async run(hsm) {
      const type = CKM.RSA_PKCS_OAEP;
      if (!hsm.token.mechanismInfo(type)?.flags.unwrap) return unsupported('the token does not unwrap by RSA-OAEP');
      const pair = await unwrappingRsa(hsm);
      if (!pair.done) return unsupported(`no RSA key that unwraps can be made: ${pair.returned}`);
      const n = pair.value.modulus?.toString('base64url');
      if (n === undefined) return unsupported('the modulus cannot be read');
      const key = hsm.session.random(32);
      const unwrap = (oaepHash: HashName) => {
        const wrapped = publicEncrypt({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk', oaepHash } as never, key);
        const template = {
          class: 'secret-key',
          keyType: 'AES',
          token: false,
          private: true,
          sensitive: false,
          extractable: true,
          encrypt: true,
        } as const;
        return attempt(async () =>
          hsm.own(
            await hsm.session.unwrapKey({ type, parameter: parameterOf(hashing) }, pair.value.key, wrapped, template),
          ),
        );
      };
      const right = await unwrap(hashing.hash);
      if (!right.done && !needed && NOT_SUPPORTED.includes(right.number))
        return unsupported(`it refuses ${nameOf(hashing)}: ${returnedBy(right)}`);
      const same = right.done && (await proofOf(hsm, right.value, key));
      const other = await unwrap(hashing.hash === 'sha1' ? 'sha256' : 'sha1');
      key.fill(0);
      return judged([
        {
          id: 'oaep/unwraps',
          level: same ? 'pass' : 'fail',
          clause: CLAUSE,
          expected: 'the same key',
          actual: right.done ? (same ? 'the same key' : 'another key') : `it returned ${returnedBy(right)}`,
        },
        {
          id: 'oaep/unwraps-no-other',
          level: other.done ? 'fail' : 'pass',
          clause: CLAUSE,
          expected: 'a product made with another hash is refused',
          actual: `it returned ${returnedBy(other)}`,
        },
      ]);
    },
  };
}

/** RSA-OAEP as the first half of a blob needs it, and as it is asked for. */
export const OAEP_CASES: CaseTable = {
  ...Object.fromEntries(
    Object.entries(HASHINGS).map(([word, hashing]) => [`module/oaep/${word}/wraps`, wraps(hashing, word === 'sha-1')]),
  ),
  // OpenSSL's own OAEP, which makes the product here, has one hash for both.
  ...Object.fromEntries(
    Object.entries(HASHINGS)
      .filter(([, { hash, mgf }]) => hash === mgf)
      .map(([word, hashing]) => [`module/oaep/${word}/unwraps`, unwraps(hashing, word === 'sha-1')]),
  ),
  'module/oaep/label': {
    title: 'a label of OAEP is used, or refused',
    level: 'must',
    clause: CLAUSE,
    why: 'A module that passes over the label wraps something else than was asked for.',
    since: '0.1.0',
    async run(hsm) {
      const type = CKM.RSA_PKCS_OAEP;
      if (!hsm.token.mechanismInfo(type)?.flags.wrap) return unsupported('the token does not wrap by RSA-OAEP');
      const pair = softwareRsa();
      const kek = wrappingRsa(hsm, pair);
      const key = await generateAes(hsm, { sensitive: true, extractable: true });
      const label = Buffer.from('KEYFERRY-TEST');
      const parameter = { ...parameterOf({ hash: 'sha1', mgf: 'sha1' }), label };
      const wrapped = await attempt(() => hsm.session.wrapKey({ type, parameter }, kek, key));
      if (!wrapped.done) return unsupported(`it refuses a label: ${returnedBy(wrapped)}`);
      const empty = openedBy(pair.privateKey, wrapped.value) !== null;
      const actual = empty ? 'it opens with an empty label' : 'it does not open with an empty label';
      return judged([
        { id: 'oaep/label', level: empty ? 'fail' : 'pass', clause: CLAUSE, expected: 'the label is used', actual },
      ]);
    },
  },
};

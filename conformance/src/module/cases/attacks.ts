import { constants, randomBytes } from 'node:crypto';
import { type Attributes, CKM } from '@keyferry/pkcs11';
import type { Verdict } from '../../suite/verdict.js';
import { attempt, type Hsm } from '../hsm.js';
import { judged, unsupported } from '../judging.js';
import { aesKeyWrapOf, createAes, generateAes } from '../keys.js';
import type { CaseTable, ModuleCase } from '../module-case.js';
import { keyWithin, unwrapThroughToken } from '../opening.js';
import { proofOf } from '../proof.js';
import { modulusOf, softwareRsa, wrappingRsa } from '../software-rsa.js';
import { broughtBack, derived, granted, openedBy, type Take, underOwnKey, underOwnRsa } from '../taking.js';

/** The key that an attacker without its value wants to have, as banks keep theirs when they must leave by wrapping. */
const TARGET: Attributes = { sensitive: true, extractable: true, encrypt: true };
/** The same, closed. */
const CLOSED: Attributes = { sensitive: true, extractable: false, encrypt: true };
const GUARDED: Attributes = { ...TARGET, wrapWithTrusted: true };

const OAEP = { type: CKM.RSA_PKCS_OAEP, parameter: { kind: 'oaep', hash: CKM.SHA_1, mgf: 1 } } as const;
const PERMITTED =
  'The standard permits each step. Who wants it prevented gives the key CKA_WRAP_WITH_TRUSTED, or CKA_EXTRACTABLE false.';
const FORBIDDEN = 'The attributes of the key forbid it: a module in which it works breaks the standard.';

interface Attack {
  readonly title: string;
  readonly clause: string;
  /** What the standard says to it. */
  readonly standard: 'permits' | 'forbids';
  readonly target: Attributes;
  readonly take: Take;
}

const EXTRACT_KEY_FROM_KEY = 0x365;
/** CK_EXTRACT_PARAMS. */
const FROM_FIRST_BIT = Buffer.alloc(8);
const WRAPPING = 'PKCS#11 v3.1 section 5.18.3';

const ATTACKS: Readonly<Record<string, Attack>> = {
  'own-wrapping-key': {
    title: 'a sensitive key under an AES key that the attacker knows',
    clause: WRAPPING,
    standard: 'permits',
    target: TARGET,
    take: underOwnKey,
  },
  'own-wrapping-key-guarded': {
    title: 'a key with CKA_WRAP_WITH_TRUSTED under an AES key that the attacker knows',
    clause: WRAPPING,
    standard: 'forbids',
    target: GUARDED,
    take: underOwnKey,
  },
  'own-wrapping-key-closed': {
    title: 'an unextractable key under an AES key that the attacker knows',
    clause: WRAPPING,
    standard: 'forbids',
    target: CLOSED,
    take: underOwnKey,
  },
  'own-rsa-key': {
    title: 'a sensitive key under an RSA key whose private part the attacker has',
    clause: WRAPPING,
    standard: 'permits',
    target: TARGET,
    take: underOwnRsa(OAEP, constants.RSA_PKCS1_OAEP_PADDING, 2048),
  },
  'weak-wrapping-key': {
    title: 'a 256-bit key under an RSA key of 1024 bits',
    clause: WRAPPING,
    standard: 'permits',
    target: TARGET,
    take: underOwnRsa(OAEP, constants.RSA_PKCS1_OAEP_PADDING, 1024),
  },
  'wrap-decrypt': {
    title: 'a sensitive key under a key that decrypts as well',
    clause: 'PKCS#11 v3.1 section 4.10',
    standard: 'permits',
    target: TARGET,
    async take(hsm, target) {
      const mechanism = aesKeyWrapOf(hsm);
      if (mechanism === null || !hsm.token.mechanisms().has(CKM.AES_ECB))
        return 'the token lacks AES key wrap or AES-ECB';
      const both = { sensitive: true, extractable: false, wrap: true, decrypt: true };
      const wrapping = await granted(() => generateAes(hsm, both));
      const wrapped = wrapping && (await granted(() => hsm.session.wrapKey(mechanism, wrapping, target)));
      return wrapped && granted(() => unwrapThroughToken(hsm.session, wrapping, wrapped, 32));
    },
  },
  'wrap-decrypt-later': {
    title: 'a sensitive key under a wrapping key that is allowed to decrypt afterwards',
    clause: 'PKCS#11 v3.1 section 5.7.6',
    standard: 'permits',
    target: TARGET,
    async take(hsm, target) {
      const mechanism = aesKeyWrapOf(hsm);
      if (mechanism === null || !hsm.token.mechanisms().has(CKM.AES_ECB))
        return 'the token lacks AES key wrap or AES-ECB';
      const wrapping = await generateAes(hsm, { sensitive: true, extractable: false, wrap: true, decrypt: false });
      const wrapped = await granted(() => hsm.session.wrapKey(mechanism, wrapping, target));
      const changed = await attempt(() => hsm.session.write(wrapping, { decrypt: true }));
      if (!changed.done) return null;
      return wrapped && granted(() => unwrapThroughToken(hsm.session, wrapping, wrapped, 32));
    },
  },
  'unwrap-as-secret': {
    title: 'a sensitive key brought back as a generic secret that can be read',
    clause: 'PKCS#11 v3.1 section 5.18.4',
    standard: 'permits',
    target: TARGET,
    take: broughtBack({ class: 'secret-key', keyType: 'generic-secret' }),
  },
  'unwrap-open': {
    title: 'a sensitive key brought back without CKA_SENSITIVE',
    clause: 'PKCS#11 v3.1 section 5.18.4',
    standard: 'permits',
    target: TARGET,
    take: broughtBack({ class: 'secret-key', keyType: 'AES' }),
  },
  'copy-extractable': {
    title: 'an unextractable key by an extractable copy',
    clause: 'PKCS#11 v3.1 section 5.7.2',
    standard: 'forbids',
    target: CLOSED,
    async take(hsm, target) {
      const copy = await granted(() => hsm.own(hsm.session.copy(target, { extractable: true })));
      return copy && underOwnKey(hsm, copy);
    },
  },
  'copy-readable': {
    title: 'a sensitive key by a copy without CKA_SENSITIVE',
    clause: 'PKCS#11 v3.1 section 5.7.2',
    standard: 'forbids',
    target: TARGET,
    async take(hsm, target) {
      const copy = await granted(() => hsm.own(hsm.session.copy(target, { sensitive: false })));
      return copy && hsm.session.read(copy, 'value');
    },
  },
  'copy-unguarded': {
    title: 'a key with CKA_WRAP_WITH_TRUSTED by a copy without it',
    clause: 'PKCS#11 v3.1 section 5.7.2',
    standard: 'forbids',
    target: GUARDED,
    async take(hsm, target) {
      const copy = await granted(() => hsm.own(hsm.session.copy(target, { wrapWithTrusted: false })));
      return copy && underOwnKey(hsm, copy);
    },
  },
  'trusted-by-user': {
    title: 'a key with CKA_WRAP_WITH_TRUSTED under a key that the user calls trusted',
    clause: 'PKCS#11 v3.1 section 4.10',
    standard: 'forbids',
    target: GUARDED,
    async take(hsm, target) {
      const mechanism = aesKeyWrapOf(hsm);
      if (mechanism === null) return 'the token has no AES key wrap';
      const known = randomBytes(32);
      const own = await granted(() => createAes(hsm, known, { wrap: true, trusted: true }));
      const wrapped = own && (await granted(() => hsm.session.wrapKey(mechanism, own, target)));
      return wrapped && keyWithin(known, wrapped, 32);
    },
  },
  'kek-substitution': {
    title: 'a key under a KEK whose modulus was changed after it was checked',
    clause: 'PKCS#11 v3.1 section 4.8',
    standard: 'forbids',
    target: TARGET,
    async take(hsm, target) {
      if (!hsm.token.mechanismInfo(OAEP.type)?.flags.wrap) return 'the token does not wrap by RSA-OAEP';
      const attackers = softwareRsa(2048, 'attacker');
      const kek = wrappingRsa(hsm, softwareRsa());
      const changed = await attempt(() => hsm.session.write(kek, { modulus: modulusOf(attackers) }));
      if (!changed.done) return null;
      const wrapped = await granted(() => hsm.session.wrapKey(OAEP, kek, target));
      const padding = constants.RSA_PKCS1_OAEP_PADDING;
      return wrapped && openedBy(attackers.privateKey, padding, wrapped);
    },
  },
  'derive-extract': {
    title: 'an unextractable key by CKM_EXTRACT_KEY_FROM_KEY',
    clause: 'PKCS#11 v3.1 section 6.43',
    standard: 'forbids',
    target: { ...CLOSED, derive: true },
    take: derived(EXTRACT_KEY_FROM_KEY, FROM_FIRST_BIT),
  },
};

async function outcomeOf(hsm: Hsm, id: string, attack: Attack): Promise<Verdict> {
  const made = await attempt(() => generateAes(hsm, attack.target));
  if (!made.done) return unsupported(`the token takes no such key: ${made.returned}`);
  const taken = await attack.take(hsm, made.value);
  if (typeof taken === 'string') return unsupported(taken);
  const broken = taken !== null && (await proofOf(hsm, made.value, taken));
  taken?.fill(0);
  const level = broken ? (attack.standard === 'forbids' ? 'fail' : 'warn') : 'pass';
  const finding = {
    id: `attack/${id}`,
    level,
    clause: attack.clause,
    expected: 'the key does not come out',
    actual: broken ? 'the key came out: what was taken encrypts as the key does' : 'it does not come out',
  } as const;
  return judged([finding], { conclusion: broken ? 'does not protect' : 'protects' });
}

/** Known ways to take a key out of a token that its user can log in to, each carried through to the bytes of the key. */
export const ATTACK_CASES: CaseTable = Object.fromEntries(
  Object.entries(ATTACKS).map(([word, attack]) => [
    `module/attack/${word}`,
    {
      title: `does not come out: ${attack.title}`,
      level: attack.standard === 'forbids' ? 'must' : 'may',
      clause: attack.clause,
      why: attack.standard === 'forbids' ? FORBIDDEN : PERMITTED,
      since: '0.1.0',
      run: (hsm) => outcomeOf(hsm, word, attack),
    } satisfies ModuleCase,
  ]),
);

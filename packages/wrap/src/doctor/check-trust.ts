import type { Kek, RsaPublicJwk } from '@keyferry/blob';
import { type Attributes, CKM, isHsmError, mechanismName, type Session } from '@keyferry/pkcs11';
import { idOfKek } from '../trust/kek-names.js';
import { findTrustedKek } from '../trust/trusted-kek.js';
import { weaknessesOf } from '../trust/trusted-wrapping-key.js';
import { makeThrowawayKek } from '../wrapping/throwaway-kek.js';
import { produce } from '../wrapping/wrap-target.js';
import { isFinding } from './attempt.js';
import type { GoodWay } from './check-wrapping.js';
import { type Finding, notChecked, ok, warning } from './findings.js';

/** Whether the token protects keys that must not leave: tried with throwaway AES keys and a throwaway KEK. */
export async function checkEnforcement(session: Session, way: GoodWay, signal: AbortSignal): Promise<Finding[]> {
  const { jwk } = await makeThrowawayKek(2048);
  const tryRule = (rule: Rule) => checkRule(session, way, jwk, rule, signal);
  return [await tryRule(EXTRACTABLE_FALSE), await tryRule(WRAP_WITH_TRUSTED)];
}

interface Rule {
  readonly id: Finding['id'];
  readonly template: Attributes;
  readonly kept: string;
  readonly broken: string;
  readonly name: string;
}

const EXTRACTABLE_FALSE: Rule = {
  id: 'trust/extractable',
  template: { extractable: false },
  name: 'CKA_EXTRACTABLE=false',
  kept: 'a key with CKA_EXTRACTABLE=false cannot be wrapped',
  broken:
    'this token does not protect unextractable keys: it wraps a key with CKA_EXTRACTABLE=false for whoever is logged in',
};

const WRAP_WITH_TRUSTED: Rule = {
  id: 'trust/wrap-with-trusted',
  template: { extractable: true, wrapWithTrusted: true },
  name: 'CKA_WRAP_WITH_TRUSTED',
  kept: 'a key with CKA_WRAP_WITH_TRUSTED cannot be wrapped under a key that is not trusted',
  broken:
    'this token ignores CKA_WRAP_WITH_TRUSTED: it wraps such a key under any key, so nobody needs the security officer',
};

/** A rule that the token does not keep harms no wrap, but the operator relies on it otherwise. */
async function checkRule(
  session: Session,
  { wrapping }: GoodWay,
  kek: RsaPublicJwk,
  { id, template, kept, broken, name }: Rule,
  signal: AbortSignal,
): Promise<Finding> {
  try {
    return await session.temporary(async (own) => {
      const secret = { class: 'secret-key', keyType: 'AES', token: false, private: true, sensitive: true } as const;
      const label = 'keyferry throwaway key';
      const key = await session.generateKey({ type: CKM.AES_KEY_GEN }, { ...secret, label, valueLen: 32, ...template });
      const target = { object: own(key), type: 'oct', bits: 256 } as const;
      (await produce(session, { kek, target, wrapping }, signal)).fill(0);
      return warning(id, broken, 'such a key is as safe as the PIN, no safer');
    });
  } catch (error) {
    if (!isFinding(error)) throw error;
    if (isHsmError(error) && error.values.call === 'C_WrapKey')
      return ok(id, `${kept} (${error.values.ckr ?? error.reason})`);
    return notChecked(id, `whether the token keeps ${name}: ${error.reason}`);
  }
}

/** Which keys of the token are trusted to wrap others, and whether the KEK is one of them. Only reads. */
export function checkTrustedKeys(session: Session, kek: Kek | null, inner: readonly number[]): Finding[] {
  return [...(kek === null ? [] : [trustedKek(session, kek)]), ...trustedWrappingKeys(session, inner)];
}

function trustedKek(session: Session, kek: Kek): Finding {
  const found = findTrustedKek(session, kek);
  if ('object' in found) return ok('trust/kek', 'the KEK is trusted in this token');
  const text = `the KEK is not trusted in this token: ${found.why}`;
  const namesakes = session.find({ class: 'public-key', trusted: true, id: idOfKek(kek) });
  if (namesakes.length > 0) return warning('trust/kek', text, 'the security officer looks: keyferry-wrap trust list');
  return ok('trust/kek', `${text}; only keys with CKA_WRAP_WITH_TRUSTED need that`);
}

/** AES keys that the security officer made to wrap keys with CKA_WRAP_WITH_TRUSTED. */
export function trustedAesKeys(session: Session) {
  return session.find({ class: 'secret-key', keyType: 'AES', trusted: true }).map((object) => ({
    label: session.read(object, 'label') ?? '',
    weaknesses: weaknessesOf(session, object),
    allowed: session.read(object, 'allowedMechanisms'),
  }));
}

function trustedWrappingKeys(session: Session, inner: readonly number[]): Finding[] {
  return trustedAesKeys(session).map(({ label, weaknesses, allowed }) => {
    const name = `trusted wrapping key "${label}"`;
    if (weaknesses.length > 0) {
      const hint = 'the security officer makes another one: keyferry-wrap trust wrapping-key';
      return warning('trust/wrapping-key', `${name} is not as it must be: ${weaknesses.join('; ')}`, hint);
    }
    const forbidden = inner.filter((type) => allowed !== null && !allowed.includes(type));
    if (inner.length > 0 && forbidden.length === inner.length) {
      const needed = forbidden.map(mechanismName).join(' and ');
      return warning('trust/wrapping-key', `${name}: its CKA_ALLOWED_MECHANISMS leave out ${needed}`);
    }
    return ok('trust/wrapping-key', `${name} is as it must be`);
  });
}

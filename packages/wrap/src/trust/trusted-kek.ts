import type { Kek } from '@keyferry/blob';
import type { ObjectHandle, Session } from '@keyferry/pkcs11';
import { idOfKek, labelOfKek } from './kek-names.js';

/**
 * The object of the token that is this KEK, made trusted by the security officer: a public key with CKA_TRUSTED and
 * CKA_WRAP whose modulus and exponent are those of the KEK. Its name decides nothing; an object that only has the name of
 * this KEK is never used, and named in the reason.
 */
export function findTrustedKek(session: Session, kek: Kek): { object: ObjectHandle } | { why: string } {
  const same = session
    .find({ class: 'public-key', keyType: 'RSA', trusted: true })
    .filter((object) => session.read(object, 'trusted') === true && isKey(session, object, kek));
  const usable = same.find((object) => session.read(object, 'wrap') === true);
  if (usable !== undefined) return { object: usable };
  const why = same.length > 0 ? WITHOUT_WRAP : 'no trusted object of the token has its modulus';
  const names = namesakesOf(session, kek, labelOfKek(kek))
    .filter(({ difference }) => difference !== WITHOUT_WRAP)
    .map(({ name, difference }) => `${name} ${difference}`);
  return { why: [why, ...names].join('; ') };
}

const WITHOUT_WRAP = 'its object in the token must not wrap (CKA_WRAP is false)';

export interface Namesake {
  readonly object: ObjectHandle;
  /** `"kek/01234567" with id a1b2` */
  readonly name: string;
  /** Why it is not the trusted KEK. */
  readonly difference: string;
}

/** What has the label or the id of a KEK in the token without being that KEK, trusted and allowed to wrap. */
export function namesakesOf(session: Session, kek: Kek, label: string): Namesake[] {
  const found = new Set([...session.find({ label }), ...session.find({ id: idOfKek(kek) })]);
  return [...found].flatMap((object) => {
    const difference = differenceFrom(session, object, kek);
    if (difference === null) return [];
    const id = session.read(object, 'id')?.toString('hex') ?? '(none)';
    return [{ object, name: `"${session.read(object, 'label') ?? ''}" with id ${id}`, difference }];
  });
}

function differenceFrom(session: Session, object: ObjectHandle, kek: Kek): string | null {
  if (session.read(object, 'class') !== 'public-key' || session.read(object, 'keyType') !== 'RSA') {
    return 'has its name, but is no RSA public key';
  }
  if (!isKey(session, object, kek)) {
    return 'has its name, but another modulus: it is another key, and never used';
  }
  if (session.read(object, 'trusted') !== true) return 'has its modulus, but is not trusted (CKA_TRUSTED is false)';
  return session.read(object, 'wrap') === true ? null : WITHOUT_WRAP;
}

/** Whether modulus and exponent of an object are those of the KEK. */
export function isKey(session: Session, object: ObjectHandle, { key }: Kek): boolean {
  return isNumber(session.read(object, 'modulus'), key.n) && isNumber(session.read(object, 'publicExponent'), key.e);
}

/** Big-endian numbers: some tokens show them with zeros in front. */
function isNumber(found: Buffer | null, base64url: string): boolean {
  const hex = Buffer.from(base64url, 'base64url').toString('hex');
  return found !== null && BigInt(`0x0${found.toString('hex')}`) === BigInt(`0x0${hex}`);
}

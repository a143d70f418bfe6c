import type { Kek } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { CKM, type ObjectHandle, type Pkcs11Uri, type Session } from '@keyferry/pkcs11';
import { findTarget, type KeyClass, readTarget, type Target, warningsOf } from '../target/target.js';
import { findTrustedKek } from '../trust/trusted-kek.js';
import { wrappingName } from '../wrapping/ladder.js';
import { requirePlaceFor } from '../wrapping/ways.js';
import { attempt } from './attempt.js';
import { trustedAesKeys } from './check-trust.js';
import type { GoodWay } from './check-wrapping.js';
import { type Finding, notChecked, ok, problem, warning } from './findings.js';
import { kindName } from './kinds.js';

/**
 * The key that shall cross: what it is, and each attribute that stands in its way. Its attributes are read; it is used for
 * nothing. null where it cannot be found, is not to be seen, or is of a kind that cannot cross.
 */
export async function checkKey(
  session: Session,
  uri: Pkcs11Uri | null,
  { kek, loggedIn }: { kek: Kek | null; loggedIn: boolean },
  findings: Finding[],
): Promise<Target | null> {
  if (uri === null) {
    findings.push(notChecked('key/object', 'the key: none is named', 'add --key URI'));
    return null;
  }
  const found = await attempt('key/object', findings, () => findTarget(session, uri), loggedIn ? problem : unseen);
  if (found === null) return null;
  const target = await attempt(
    'key/kind',
    findings,
    () => readTarget(session, found.object, found.class),
    (id, text) =>
      problem(id, text, 'transferable are RSA 2048 to 4096, EC P-256, P-384, P-521 and secp256k1, AES 128 to 256'),
  );
  if (target !== null) {
    const { label, id } = target;
    findings.push(ok('key/kind', `"${label}", ${id === '' ? 'without an id' : `id ${id}`}: ${kindName(target)}`));
  }
  await attempt('key/attributes', findings, () => {
    findings.push(...attributesInWords(session, found.object), ...extractable(session, found));
    if (target === null) return;
    findings.push(
      ...trustedKek(session, target, kek),
      ...vaultKind(target, kek),
      ...warningsOf(target).map((text) => warning('key/past', text)),
      ...publicPart(session, target),
    );
  });
  findings.push(
    notChecked(
      'key/untouched',
      'whether this very key can be wrapped: nothing was done with it, its attributes were read',
    ),
  );
  return target;
}

/** Before a login private objects are invisible. */
function unseen(id: Finding['id'], text: string): Finding {
  return notChecked(id, `the key: a private key shows after a login only (${text})`, 'add --pin-file');
}

const SHOWN = [
  'private',
  'sensitive',
  'alwaysSensitive',
  'extractable',
  'neverExtractable',
  'local',
  'wrapWithTrusted',
  'alwaysAuthenticate',
  'sign',
  'decrypt',
  'modifiable',
  'copyable',
  'destroyable',
] as const;

function attributesInWords(session: Session, object: ObjectHandle): Finding[] {
  const words = SHOWN.flatMap((name) => {
    const value = session.read(object, name);
    return value === null ? [] : [`${name}=${value}`];
  });
  return [ok('key/attributes', words.join(', '))];
}

function extractable(
  session: Session,
  { object, class: keyClass }: { object: ObjectHandle; class: KeyClass },
): Finding[] {
  const value = session.read(object, 'extractable');
  if (value === true) return [ok('key/extractable', 'CKA_EXTRACTABLE is true: it may leave, wrapped')];
  if (value === null) {
    return [notChecked('key/extractable', 'whether the key may leave: the token does not show CKA_EXTRACTABLE')];
  }
  const again = keyClass === 'private-key' ? 'a new key pair' : 'a new key';
  return [
    problem(
      'key/extractable',
      'CKA_EXTRACTABLE is false: the key cannot leave, and neither its user nor the security officer can ever change that',
      `make ${again} with keyferry-wrap generate, or ask the vendor for a path of his own`,
    ),
  ];
}

/** A key with CKA_WRAP_WITH_TRUSTED needs a trusted KEK. */
function trustedKek(session: Session, target: Target, kek: Kek | null): Finding[] {
  if (target.attributes.wrapWithTrusted !== true) return [];
  const name =
    'CKA_WRAP_WITH_TRUSTED is true: the key leaves under keys that the security officer trusts, and no others';
  if (kek === null) {
    return [
      notChecked('key/trusted-kek', `${name}; whether the KEK is one is not known without --kek`, 'add --kek FILE'),
    ];
  }
  const found = findTrustedKek(session, kek);
  if ('object' in found) return [ok('key/trusted-kek', `${name}; the KEK is one`)];
  const who = 'the security officer runs: keyferry-wrap trust kek --kek FILE --token TOKEN';
  return [problem('key/trusted-kek', `${name}; the KEK is not one: ${found.why}`, who)];
}

/**
 * A key with CKA_WRAP_WITH_TRUSTED needs more: either the single call, or a trusted AES key for the composite. `ways` are
 * those that were tried and are good.
 */
export function checkTrustedWay(session: Session, target: Target, ways: readonly GoodWay[]): Finding[] {
  if (target.attributes.wrapWithTrusted !== true) return [];
  const id = 'key/trusted-wrapping-key';
  const single = ways.find(({ wrapping }) => wrapping.mechanism === 'rsa-aes-key-wrap');
  if (single !== undefined) return [ok(id, `${wrappingName(single.wrapping)} needs no trusted AES key`)];
  const usable = trustedAesKeys(session).filter(({ weaknesses }) => weaknesses.length === 0);
  const labels = usable.map(({ label }) => `"${label}"`).join(', ');
  if (usable.length > 0) {
    return [ok(id, `a trusted AES key is there: ${labels}; the wrap wants --trusted-wrapping-key`)];
  }
  const who = 'the security officer runs: keyferry-wrap trust wrapping-key --token TOKEN --label NAME';
  return [
    problem(
      id,
      'without a single call that wraps this key, the AES key of the composite must be trusted too, and there is none',
      `${who}; then add --trusted-wrapping-key to the wrap`,
    ),
  ];
}

/** Whether a key of this type can be imported where the KEK lives. */
function vaultKind(target: Target, kek: Kek | null): Finding[] {
  if (kek === null) return [];
  try {
    requirePlaceFor(target, kek);
    return [];
  } catch (error) {
    if (!(error instanceof KeyferryError)) throw error;
    return [problem('key/vault', `${error.message}: ${error.reason}`, error.hint)];
  }
}

/** Whether the public key can be found and proven during a wrap, as far as attributes tell. */
function publicPart(session: Session, target: Target): Finding[] {
  if (target.type === 'oct') return [];
  const { object, id, label } = target;
  const template = id === '' ? { label } : { id: Buffer.from(id, 'hex') };
  const published = session.find({ class: 'public-key', ...template }).length > 0;
  const allowed = session.read(object, 'allowedMechanisms');
  const signing = target.type === 'EC' ? CKM.ECDSA : CKM.RSA_PKCS;
  const unable = [
    session.read(object, 'sign') === false && 'it must not sign (CKA_SIGN is false)',
    session.read(object, 'alwaysAuthenticate') === true && 'it wants the PIN for each use (CKA_ALWAYS_AUTHENTICATE)',
    allowed !== null && !allowed.includes(signing) && 'its CKA_ALLOWED_MECHANISMS leave out the signature',
  ].filter((reason) => reason !== false);
  const place = published ? 'a public object is there' : 'no public object is there, so it would be recovered';
  if (unable.length === 0) {
    return [
      notChecked(
        'key/public-part',
        `the public key: ${place}; a wrap proves it by a signature, which was not tried here`,
      ),
    ];
  }
  return [
    warning(
      'key/public-part',
      `the public key cannot be proven by a signature: ${unable.join('; ')}; ${place}`,
      'the manifest of a wrap will say so; confirm the public key in another way',
    ),
  ];
}

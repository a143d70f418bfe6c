import { type Attributes, CKM, type ObjectHandle, type Session, type Token } from '@keyferry/pkcs11';
import { generateEphemeralKey } from '../wrapping/wrap-target.js';
import { attempt, isFinding } from './attempt.js';
import { type Finding, ok, problem, warning } from './findings.js';

/** What a wrap asks of the AES key that wraps the target. */
const ASKED: readonly (readonly [keyof Attributes, boolean])[] = [
  ['token', false],
  ['private', true],
  ['sensitive', true],
  ['extractable', true],
  ['wrap', true],
  ['unwrap', false],
  ['encrypt', false],
  ['decrypt', false],
  ['sign', false],
];

/**
 * Whether the AES key of a wrap can be made as it must be, and is gone when it was destroyed. `clean` is false where the
 * token keeps what it was told to destroy: then nothing more should be made in it.
 */
export async function checkTemporaryKeys(
  session: Session,
  token: Token,
): Promise<{ clean: boolean; findings: Finding[] }> {
  const findings: Finding[] = [];
  const say = token.mechanisms().has(CKM.RSA_AES_KEY_WRAP) ? warning : problem; // the single call makes its own AES key
  let made: ObjectHandle | null = null;
  await attempt(
    'temporary/aes-key',
    findings,
    async () => {
      await session.temporary(async (own) => {
        made = own(await generateEphemeralKey(session));
        findings.push(...promises(session, made, say));
      });
    },
    (id, text, hint, { code }) => (code === 'HSM_LEFTOVER' ? problem : say)(id, text, hint),
  );
  if (made === null) return { clean: true, findings };
  const gone = !isReadable(session, made);
  findings.push(
    gone
      ? ok('temporary/destroyed', 'when it is destroyed it is gone')
      : problem(
          'temporary/destroyed',
          'the key is still there after it was destroyed: each wrap would leave its AES key until the session ends',
          'ask the vendor of the HSM why session objects cannot be destroyed',
        ),
  );
  return { clean: gone, findings };
}

function promises(session: Session, key: ObjectHandle, say: typeof problem): Finding[] {
  const broken = ASKED.flatMap(([name, asked]) => {
    const found = session.read(key, name);
    return found === asked ? [] : [`${name}: expected ${asked}, found ${found ?? 'no answer'}`];
  });
  const bytes = session.read(key, 'valueLen');
  return [
    bytes === null || bytes === 32
      ? ok('temporary/aes-key', 'an AES-256 key of the session can be made')
      : say('temporary/aes-key', `expected an AES key of 256 bits, found ${bytes * 8}`),
    broken.length === 0
      ? ok('temporary/attributes', 'it has the attributes that were asked for')
      : warning('temporary/attributes', `it has not the attributes that were asked for: ${broken.join('; ')}`),
  ];
}

function isReadable(session: Session, object: ObjectHandle): boolean {
  try {
    return session.read(object, 'class') !== null;
  } catch (error) {
    if (isFinding(error)) return false;
    throw error;
  }
}

/** The objects that live in sessions of this program. */
export function sessionObjects(session: Session): readonly ObjectHandle[] {
  return session.find({ token: false });
}

/** Whether the examination left anything behind. */
export function checkNothingLeft(session: Session, before: readonly ObjectHandle[]): Finding {
  const left = sessionObjects(session).filter((object) => !before.includes(object));
  if (left.length === 0) return ok('temporary/left', 'the examination left no object behind');
  return problem(
    'temporary/left',
    `${left.length} objects of the session are left; they should vanish when it ends`,
    'list the objects of the token',
  );
}

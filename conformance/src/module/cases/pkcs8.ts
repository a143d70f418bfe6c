import { randomBytes } from 'node:crypto';
import { type Attributes, CKM, EC_PARAMS, type ObjectHandle } from '@keyferry/pkcs11';
import { wrapPadded } from '../../making/key-wrap.js';
import type { Verdict } from '../../suite/verdict.js';
import { attempt, type Hsm } from '../hsm.js';
import { judged, type Refusal, refused, returnedBy, unsupported } from '../judging.js';
import { createAes } from '../keys.js';
import type { CaseTable, ModuleCase } from '../module-case.js';
import { type PeerEc, peerEc, signsAs, unwrapEc } from '../peer-ec.js';
import { softwareRsa } from '../software-rsa.js';

const CLAUSE = 'PKCS#11 v3.1 section 6.7, RFC 5208 section 5';
/** CKR_WRAPPED_KEY_INVALID, CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_VALUE_INVALID, and what else modules say. */
const NO_SUCH_KEY = [0x110, 0x112, 0x40, 0x41, 0x5, 0x6, 0x20, 0x21, 0xd1, 0xd0, 0x13, 0x10, 0x140];

interface Opening {
  readonly hsm: Hsm;
  readonly type: number;
  readonly known: Buffer;
  readonly wrapping: ObjectHandle;
  readonly peer: PeerEc;
}

/** A mechanism and a wrapping key by which the module takes a peer's EC key; a verdict when it takes none. */
async function opening(hsm: Hsm): Promise<Opening | Verdict> {
  const type = [CKM.AES_KEY_WRAP_KWP, CKM.AES_KEY_WRAP_PAD].find(
    (number) => hsm.token.mechanismInfo(number)?.flags.unwrap,
  );
  if (type === undefined) return unsupported('the token has no AES key wrap for keys of any length');
  if (!hsm.token.mechanisms().has(CKM.ECDSA)) return unsupported('the token has no ECDSA');
  const known = randomBytes(32);
  const wrapping = await attempt(() => createAes(hsm, known, { unwrap: true }));
  if (!wrapping.done) return unsupported(`the token takes no AES key from outside: ${wrapping.returned}`);
  return { hsm, type, known, wrapping: wrapping.value, peer: peerEc() };
}

function unwrap({ hsm, type, known, wrapping, peer }: Opening, content: Buffer, more: Attributes = {}) {
  return unwrapEc(hsm, { type }, wrapping, wrapPadded(content, known), peer.point, more);
}

interface Wrong {
  readonly words: string;
  readonly level: 'must' | 'should';
  readonly why: string;
  content(peer: PeerEc): Buffer;
  readonly more?: Attributes;
}

const WRONG: Readonly<Record<string, Wrong>> = {
  garbage: {
    words: 'it is no PKCS#8 at all',
    level: 'must',
    why: 'A key of bytes that mean nothing fails later, where nobody looks for the cause.',
    content: ({ pkcs8 }) => randomBytes(pkcs8.length),
  },
  'rsa-as-ec': {
    words: 'it is an RSA key and the template says EC',
    level: 'must',
    why: 'The type in the template decides what a key may do. What is inside must have that type.',
    content: () => softwareRsa().privateKey.export({ format: 'der', type: 'pkcs8' }),
  },
  'other-curve': {
    words: 'it is a P-256 key and the template says P-384',
    level: 'must',
    why: 'Whoever gives the curve wants it checked: a key on another curve signs what nobody can verify.',
    content: ({ pkcs8 }) => pkcs8,
    more: { ecParams: Buffer.from(EC_PARAMS['P-384']) },
  },
  trailing: {
    words: 'bytes follow the PKCS#8',
    level: 'should',
    why: 'What follows a key is part of nothing, is checked by nobody, and other modules refuse it.',
    content: ({ pkcs8 }) => Buffer.concat([pkcs8, randomBytes(16)]),
  },
};

function becameOf({ session }: Hsm, key: ObjectHandle): string {
  return `it returned CKR_OK (0x0), and the key reads CKA_KEY_TYPE ${session.read(key, 'keyType')}`;
}

function refuses(word: string, { words, level, why, content, more }: Wrong): ModuleCase {
  return {
    title: `a private key is refused when ${words}`,
    level,
    clause: CLAUSE,
    why,
    since: '0.1.0',
    async run(hsm) {
      const open = await opening(hsm);
      if ('kind' in open) return open;
      const right = await unwrap(open, open.peer.pkcs8);
      if (!right.done) return unsupported(`it unwraps no EC key of a peer: ${returnedBy(right)}`);
      const wrong = await unwrap(open, content(open.peer), more);
      const refusal: Refusal = {
        id: `pkcs8/${word}`,
        clause: CLAUSE,
        what: `C_UnwrapKey when ${words}`,
        numbers: NO_SUCH_KEY,
      };
      const finding = { ...refused(wrong, refusal), ...(wrong.done ? { actual: becameOf(hsm, wrong.value) } : {}) };
      if (level === 'must' || !wrong.done) return judged([finding]);
      return judged([{ ...finding, level: 'warn' }], { conclusion: 'standard silent' });
    },
  };
}

/** Private keys that come in as PKCS#8 (PrivateKeyInfo) inside an AES key wrap. */
export const PKCS8_CASES: CaseTable = {
  'module/pkcs8/opens': {
    title: "a peer's EC key comes in as the key that it is",
    level: 'must',
    clause: CLAUSE,
    why: 'This is the way back of a transfer, and what the checks beside it are held against.',
    since: '0.1.0',
    async run(hsm) {
      const open = await opening(hsm);
      if ('kind' in open) return open;
      const right = await unwrap(open, open.peer.pkcs8);
      if (!right.done) return unsupported(`it unwraps no EC key of a peer: ${returnedBy(right)}`);
      const same = await signsAs(hsm, right.value, open.peer.publicKey);
      const actual = same ? 'its signatures verify' : 'its signatures do not verify';
      const expected = "signatures verify under the peer's public key";
      return judged([{ id: 'pkcs8/opens', level: same ? 'pass' : 'fail', clause: CLAUSE, expected, actual }]);
    },
  },
  ...Object.fromEntries(
    Object.entries(WRONG).map(([word, wrong]) => [`module/pkcs8/refuses/${word}`, refuses(word, wrong)]),
  ),
};

import { constants, privateDecrypt, publicEncrypt, randomBytes } from 'node:crypto';
import { CKG, CKM, type Mechanism, type ObjectHandle } from '@keyferry/pkcs11';
import { wrapPadded } from '../../making/key-wrap.js';
import type { SuiteFinding, Verdict } from '../../suite/verdict.js';
import { derLength, flavourOf } from '../flavour.js';
import { attempt, type Hsm } from '../hsm.js';
import { judged, refused, returnedBy, unsupported } from '../judging.js';
import { generateEc } from '../keys.js';
import type { CaseTable, ModuleCase } from '../module-case.js';
import { peerEc, signsAs, unwrapEc } from '../peer-ec.js';
import { softwareRsa, unwrappingRsa, wrappingRsa } from '../software-rsa.js';

const CLAUSE = 'PKCS#11 v3.1 section 6.1.24';
const MECHANISM: Mechanism = {
  type: CKM.RSA_AES_KEY_WRAP,
  parameter: { kind: 'rsa-aes-key-wrap', aesBits: 256, hash: CKM.SHA_1, mgf: CKG.MGF1_SHA1 },
};
const KEK_BYTES = 256;
const NOT_A_KEY = [0x110, 0x112, 0x40, 0x41, 0x5, 0x6, 0x20, 0x21];
const SINCE = '0.1.0';

type Way = 'wrap' | 'unwrap';

function lacks({ token }: Hsm, way: Way): Verdict | null {
  if (token.mechanismInfo(CKM.RSA_AES_KEY_WRAP)?.flags[way]) return null;
  return unsupported('the token does not have CKM_RSA_AES_KEY_WRAP');
}

/** The AES key in the first half; null when it does not open by OAEP with SHA-1. The caller wipes it. */
function aesKeyOf(wrapped: Buffer): Buffer | null {
  try {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    return privateDecrypt({ key: softwareRsa().privateKey, padding }, wrapped.subarray(0, KEK_BYTES));
  } catch {
    return null;
  }
}

function halves(wrapped: Buffer): SuiteFinding[] {
  const aes = aesKeyOf(wrapped);
  const first = {
    id: 'rsa-aes-key-wrap/oaep',
    level: aes === null ? 'fail' : 'pass',
    clause: CLAUSE,
    expected: 'the first half opens by OAEP with SHA-1',
    actual: aes === null ? 'it does not' : 'it does',
  } as const;
  if (aes === null) return [first];
  const flavour = [16, 24, 32].includes(aes.length) ? flavourOf(aes, wrapped.subarray(KEK_BYTES), derLength) : null;
  const findings: SuiteFinding[] = [
    first,
    {
      id: 'rsa-aes-key-wrap/aes-bits',
      level: aes.length === 32 ? 'pass' : 'fail',
      clause: CLAUSE,
      expected: 'an AES key of 256 bits, as it was asked for',
      actual: `one of ${aes.length * 8} bits`,
    },
    {
      id: 'rsa-aes-key-wrap/flavour',
      level: flavour === 'RFC 5649' ? 'pass' : flavour === 'RFC 5649 over zeros added to the key' ? 'warn' : 'fail',
      clause: CLAUSE,
      expected: 'RFC 5649',
      actual: flavour ?? 'nothing known',
    },
  ];
  aes.fill(0);
  return findings;
}

async function wrapNew(hsm: Hsm, extractable: boolean) {
  const kek = wrappingRsa(hsm, softwareRsa());
  const { privateKey } = await generateEc(hsm, { sensitive: true, extractable });
  return { kek, privateKey, wrapped: await attempt(() => hsm.session.wrapKey(MECHANISM, kek, privateKey)) };
}

/** As a peer makes it, and where a bit is changed. */
async function unwrapped(hsm: Hsm, kek: ObjectHandle, modulus: Buffer, damagedAt: number | null) {
  const peer = peerEc();
  const aes = randomBytes(32);
  const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' };
  const outer = publicEncrypt({ key: jwk, format: 'jwk', oaepHash: 'sha1' } as never, aes);
  const wrapped = Buffer.concat([outer, wrapPadded(peer.pkcs8, aes)]);
  aes.fill(0);
  if (damagedAt !== null) wrapped.writeUInt8(wrapped.readUInt8(damagedAt) ^ 1, damagedAt);
  return { peer, opened: await unwrapEc(hsm, MECHANISM, kek, wrapped, peer.point) };
}

function unwrapCase(damagedAt: number | null, title: string, why: string): ModuleCase {
  return {
    title,
    level: 'must',
    clause: CLAUSE,
    why,
    since: SINCE,
    async run(hsm) {
      const lacking = lacks(hsm, 'unwrap');
      if (lacking !== null) return lacking;
      const kek = await unwrappingRsa(hsm);
      if (!kek.done || kek.value.modulus === null) return unsupported('no RSA key that unwraps can be made');
      const { key, modulus } = kek.value;
      const { peer, opened } = await unwrapped(hsm, key, modulus, damagedAt);
      if (damagedAt !== null) {
        const what = 'C_UnwrapKey of a damaged product';
        return judged([
          refused(opened, { id: 'rsa-aes-key-wrap/integrity', clause: CLAUSE, what, numbers: NOT_A_KEY }),
        ]);
      }
      const same = opened.done && (await signsAs(hsm, opened.value, peer.publicKey));
      const actual = opened.done ? (same ? 'the same key' : 'another key') : `it returned ${returnedBy(opened)}`;
      const level = same ? 'pass' : 'fail';
      return judged([{ id: 'rsa-aes-key-wrap/opens', level, clause: CLAUSE, expected: 'the same key', actual }]);
    },
  };
}

/** The one call that makes both halves of a blob. */
export const RSA_AES_KEY_WRAP_CASES: CaseTable = {
  'module/rsa-aes-key-wrap/wraps': {
    title: 'CKM_RSA_AES_KEY_WRAP makes of an EC key the two halves that a vault opens',
    level: 'must',
    clause: CLAUSE,
    why: 'With this mechanism the AES key never becomes an object. Both halves must be what the mechanism says.',
    since: SINCE,
    async run(hsm) {
      const lacking = lacks(hsm, 'wrap');
      if (lacking !== null) return lacking;
      const { wrapped } = await wrapNew(hsm, true);
      if (!wrapped.done) return unsupported(`it refuses an EC key under OAEP with SHA-1: ${returnedBy(wrapped)}`);
      const findings = halves(wrapped.value);
      const zeros = findings.some(({ level }) => level === 'warn');
      return judged(findings, { fault: zeros ? 'module/zero-padding' : undefined });
    },
  },
  'module/rsa-aes-key-wrap/fresh-key': {
    title: 'CKM_RSA_AES_KEY_WRAP makes a new AES key each time',
    level: 'must',
    clause: CLAUSE,
    why: 'Whoever knows the AES key of one blob would open all.',
    since: SINCE,
    async run(hsm) {
      const lacking = lacks(hsm, 'wrap');
      if (lacking !== null) return lacking;
      const { kek, privateKey, wrapped } = await wrapNew(hsm, true);
      const again = await attempt(() => hsm.session.wrapKey(MECHANISM, kek, privateKey));
      if (!wrapped.done || !again.done) return unsupported('it refuses an EC key under OAEP with SHA-1');
      const [one, other] = [aesKeyOf(wrapped.value), aesKeyOf(again.value)];
      if (one === null || other === null) return unsupported('the first half does not open');
      const same = one.equals(other);
      one.fill(0);
      other.fill(0);
      const actual = same ? 'the same key twice' : 'another key each time';
      const finding = { id: 'rsa-aes-key-wrap/fresh-key', clause: CLAUSE, expected: 'another key each time', actual };
      return judged([{ ...finding, level: same ? 'fail' : 'pass' }]);
    },
  },
  'module/rsa-aes-key-wrap/unextractable': {
    title: 'CKM_RSA_AES_KEY_WRAP does not wrap a key with CKA_EXTRACTABLE false',
    level: 'must',
    clause: 'PKCS#11 v3.1 section 5.18.3',
    why: 'A mechanism of two steps must look at the attributes of the key as every other does.',
    since: SINCE,
    async run(hsm) {
      const lacking = lacks(hsm, 'wrap');
      if (lacking !== null) return lacking;
      const { wrapped } = await wrapNew(hsm, false);
      const what = 'C_WrapKey of an unextractable private key';
      const refusal = { id: 'rsa-aes-key-wrap/unextractable', clause: 'PKCS#11 v3.1 section 5.18.3', what };
      return judged([refused(wrapped, { ...refusal, numbers: [0x6a, 0x69] })], {
        fault: wrapped.done ? 'module/extractable-ignored' : undefined,
      });
    },
  },
  'module/rsa-aes-key-wrap/opens': unwrapCase(
    null,
    'CKM_RSA_AES_KEY_WRAP opens what a peer made, to the same key',
    'A module that opens only its own products cannot take part in a transfer.',
  ),
  'module/rsa-aes-key-wrap/refuses/first-half': unwrapCase(
    9,
    'CKM_RSA_AES_KEY_WRAP refuses a product when one bit of the first half is changed',
    'OAEP finds every change. A module that goes on has not looked.',
  ),
  'module/rsa-aes-key-wrap/refuses/second-half': unwrapCase(
    KEK_BYTES + 9,
    'CKM_RSA_AES_KEY_WRAP refuses a product when one bit of the second half is changed',
    'RFC 5649 finds every change. A module that goes on has not looked.',
  ),
};

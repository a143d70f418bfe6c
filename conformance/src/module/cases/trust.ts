import { type Attributes, CKM, type ObjectHandle, type Session } from '@keyferry/pkcs11';
import { attempt, type Hsm } from '../hsm.js';
import { judged, refused, unsupported } from '../judging.js';
import { aesKeyWrapOf, generateAes, generateRsa } from '../keys.js';
import type { CaseTable, ModuleCase } from '../module-case.js';
import { SUITE_LABEL } from '../stock.js';

const WRAP = 'PKCS#11 v3.1 section 5.18.3';
const TRUSTED = 'PKCS#11 v3.1 sections 4.8 and 4.10';
/** CKR_KEY_NOT_WRAPPABLE; the standard names none, and others say CKR_WRAPPING_KEY_HANDLE_INVALID, CKR_WRAPPING_KEY_TYPE_INCONSISTENT. */
const NOT_TRUSTED = [0x69, 0x113, 0x115, 0x68];
const READ_ONLY = [0x10, 0x13, 0x1b, 0xd0, 0xd1, 0x101];
const WHY_TRUST =
  'Only the security officer decides which keys may take others out. If the user can, the attribute protects nothing.';

const GUARDED: Attributes = { sensitive: true, extractable: true, wrapWithTrusted: true };
const WRAPPING: Attributes = { sensitive: true, extractable: false, wrap: true };

/** A public RSA key of which the officer says that it is trusted. */
function trustedKek(officer: Session, modulus: Buffer, publicExponent: Buffer): ObjectHandle {
  return officer.create({
    class: 'public-key',
    keyType: 'RSA',
    modulus,
    publicExponent,
    token: true,
    private: false,
    trusted: true,
    wrap: true,
    encrypt: false,
    verify: false,
    label: SUITE_LABEL,
  });
}

interface WayOfUser {
  readonly title: string;
  readonly call: string;
  trust(hsm: Hsm): Promise<unknown>;
}

/** What a user may try who wants his own key to be trusted. */
const WAYS_OF_USER: Readonly<Record<'create' | 'set' | 'copy', WayOfUser>> = {
  create: {
    title: 'a user cannot make a trusted key',
    call: 'C_GenerateKey with CKA_TRUSTED by the user',
    trust: (hsm) => generateAes(hsm, { ...WRAPPING, trusted: true }),
  },
  set: {
    title: 'a user cannot declare his key trusted',
    call: 'C_SetAttributeValue of CKA_TRUSTED by the user',
    trust: async (hsm) => hsm.session.write(await generateAes(hsm, WRAPPING), { trusted: true }),
  },
  copy: {
    title: 'a user cannot make a trusted copy of his key',
    call: 'C_CopyObject with CKA_TRUSTED by the user',
    trust: async (hsm) => hsm.own(hsm.session.copy(await generateAes(hsm, WRAPPING), { trusted: true })),
  },
};

const USER_CASES: CaseTable = Object.fromEntries(
  Object.entries(WAYS_OF_USER).map(([way, { title, call, trust }]) => [
    `module/trust/user/${way}`,
    {
      title,
      level: 'must',
      clause: TRUSTED,
      why: WHY_TRUST,
      since: '0.1.0',
      async run(hsm) {
        const tried = await attempt(() => trust(hsm));
        const refusal = { id: `trust/user-${way}`, clause: TRUSTED, what: call, numbers: READ_ONLY };
        return judged([refused(tried, refusal)], { fault: tried.done ? 'module/trust-by-user' : undefined });
      },
    } satisfies ModuleCase,
  ]),
);

/** Keys that leave the token under trusted keys only, and who decides on trust. */
export const TRUST_CASES: CaseTable = {
  'module/trust/wrap/untrusted': {
    title: 'a key with CKA_WRAP_WITH_TRUSTED is not wrapped by a key that is not trusted',
    level: 'must',
    clause: WRAP,
    why: 'Any user can make a wrapping key and read what it wrapped. This attribute is the only thing in the way.',
    since: '0.1.0',
    async run(hsm) {
      const mechanism = aesKeyWrapOf(hsm);
      if (mechanism === null) return unsupported('the token has no AES key wrap');
      const key = await attempt(() => generateAes(hsm, GUARDED));
      if (!key.done) return unsupported(`the token takes no key with CKA_WRAP_WITH_TRUSTED: ${key.returned}`);
      const wrapping = await generateAes(hsm, WRAPPING);
      const wrapped = await attempt(() => hsm.session.wrapKey(mechanism, wrapping, key.value));
      const what = 'C_WrapKey under an untrusted key';
      return judged([refused(wrapped, { id: 'trust/wrap-untrusted', clause: WRAP, what, numbers: NOT_TRUSTED })], {
        fault: wrapped.done ? 'module/trust-ignored' : undefined,
      });
    },
  },
  ...USER_CASES,
  'module/trust/officer/wrap': {
    title: 'a key with CKA_WRAP_WITH_TRUSTED is wrapped by a key that the officer trusts',
    level: 'should',
    clause: WRAP,
    why: 'Without a way to declare a key trusted, a guarded key never leaves, and users take the guard away.',
    since: '0.1.0',
    async run(hsm) {
      if (hsm.asOfficer === null) return { kind: 'skipped', reason: "the security officer's PIN was not given" };
      if (!hsm.token.mechanisms().has(CKM.RSA_PKCS_OAEP)) return unsupported('the token has no RSA-OAEP');
      const pair = await generateRsa(hsm, { wrap: true }, { sensitive: true, extractable: false, unwrap: true });
      const modulus = hsm.session.read(pair.publicKey, 'modulus');
      const exponent = hsm.session.read(pair.publicKey, 'publicExponent');
      if (modulus === null || exponent === null) throw new Error('the public key has no modulus or exponent');
      const declared = await hsm.asOfficer((officer) => attempt(() => trustedKek(officer, modulus, exponent)));
      if (!declared.done) return unsupported(`the officer cannot declare a key trusted: ${declared.returned}`);
      const [kek] = hsm.session.find({ class: 'public-key', keyType: 'RSA', modulus, trusted: true });
      if (kek === undefined) throw new Error('what the officer made is not found');
      hsm.own(kek);
      const key = await generateAes(hsm, GUARDED);
      const mechanism = { type: CKM.RSA_PKCS_OAEP, parameter: { kind: 'oaep', hash: CKM.SHA_1, mgf: 1 } } as const;
      const wrapped = await attempt(() => hsm.session.wrapKey(mechanism, kek, key));
      const actual = wrapped.done ? 'it is wrapped' : `it returned ${wrapped.returned}`;
      const level = wrapped.done ? 'pass' : 'warn';
      return judged([
        { id: 'trust/officer-wrap', level, clause: WRAP, expected: 'C_WrapKey under a trusted key is done', actual },
      ]);
    },
  },
};

import { randomBytes } from 'node:crypto';
import { type Attributes, CKM, type ObjectHandle } from '@keyferry/pkcs11';
import { attempt, type Hsm } from '../hsm.js';
import { judged, refused, unsupported } from '../judging.js';
import { aesKeyWrapOf, generateAes } from '../keys.js';
import type { CaseTable, ModuleCase } from '../module-case.js';

/** CKR_KEY_FUNCTION_NOT_PERMITTED, and what some modules say for wrapping keys: CKR_KEY_TYPE_INCONSISTENT, CKR_WRAPPING_KEY_TYPE_INCONSISTENT. */
const REFUSALS = [0x68, 0x63, 0x115, 0xf2];
const IV = Buffer.alloc(16);
const ALL_USES: Attributes = { encrypt: true, decrypt: true, wrap: true, unwrap: true };

interface Use {
  readonly attribute: keyof typeof ALL_USES;
  readonly call: string;
  readonly clause: string;
  /** Null when the token lacks the mechanism. */
  use(hsm: Hsm, key: ObjectHandle): (() => Promise<unknown>) | null;
}

const USES: Readonly<Record<string, Use>> = {
  encrypt: {
    attribute: 'encrypt',
    call: 'C_EncryptInit',
    clause: 'PKCS#11 v3.1 section 5.8.1',
    use: ({ token, session }, key) =>
      token.mechanisms().has(CKM.AES_CBC)
        ? () => session.encrypt({ type: CKM.AES_CBC, parameter: IV }, key, Buffer.alloc(16))
        : null,
  },
  decrypt: {
    attribute: 'decrypt',
    call: 'C_DecryptInit',
    clause: 'PKCS#11 v3.1 section 5.10.1',
    use: ({ token, session }, key) =>
      token.mechanisms().has(CKM.AES_CBC)
        ? () => session.decrypt({ type: CKM.AES_CBC, parameter: IV }, key, randomBytes(16))
        : null,
  },
  wrap: {
    attribute: 'wrap',
    call: 'C_WrapKey',
    clause: 'PKCS#11 v3.1 section 5.18.3',
    use(hsm, key) {
      const mechanism = aesKeyWrapOf(hsm);
      if (mechanism === null) return null;
      return async () =>
        hsm.session.wrapKey(mechanism, key, await generateAes(hsm, { extractable: true, sensitive: true }));
    },
  },
  unwrap: {
    attribute: 'unwrap',
    call: 'C_UnwrapKey',
    clause: 'PKCS#11 v3.1 section 5.18.4',
    use(hsm, key) {
      const mechanism = aesKeyWrapOf(hsm);
      if (mechanism === null) return null;
      return async () => {
        const target = await generateAes(hsm, { extractable: true, sensitive: true });
        const wrapped = await hsm.session.wrapKey(mechanism, key, target);
        const template: Attributes = { class: 'secret-key', keyType: 'AES', token: false, private: true };
        hsm.own(await hsm.session.unwrapKey(mechanism, key, wrapped, template));
      };
    },
  },
};

/** A key is used for what its attributes allow, and for nothing else. */
export const USAGE_CASES: CaseTable = Object.fromEntries(
  Object.entries(USES).map(([word, { attribute, call, clause, use }]) => {
    const name = `CKA_${attribute.toUpperCase()}`;
    return [
      `module/usage/${word}`,
      {
        title: `a key without ${name} is refused by ${call}`,
        level: 'must',
        clause,
        why: 'What keeps a wrapping key from decrypting what it wrapped is this attribute alone.',
        since: '0.1.0',
        async run(hsm) {
          const key = await generateAes(hsm, { ...ALL_USES, [attribute]: false });
          const work = use(hsm, key);
          if (work === null) return unsupported('the token has no mechanism for this use');
          return judged([refused(await attempt(work), { id: `usage/${word}`, clause, what: call, numbers: REFUSALS })]);
        },
      } satisfies ModuleCase,
    ];
  }),
);

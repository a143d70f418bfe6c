import { type Attributes, CKM, type ObjectHandle } from '@keyferry/pkcs11';
import { attempt, type Hsm } from '../hsm.js';
import { judged, refused, unsupported } from '../judging.js';
import { aesKeyWrapOf, generateAes } from '../keys.js';
import type { CaseTable, ModuleCase } from '../module-case.js';

const OBJECTS = 'PKCS#11 v3.1 section 4.4';
/** CKR_ACTION_PROHIBITED since version 2.40; before it CKR_ATTRIBUTE_READ_ONLY and others. */
const PROHIBITED = [0x1b, 0x10, 0x13, 0xd1];

interface Guard {
  readonly attribute: 'copyable' | 'modifiable' | 'destroyable';
  readonly call: string;
  break(hsm: Hsm, key: ObjectHandle): unknown;
}

const GUARDS: Readonly<Record<string, Guard>> = {
  copyable: {
    attribute: 'copyable',
    call: 'C_CopyObject',
    break: ({ session, own }, key) => own(session.copy(key, { label: 'KEYFERRY-TEST copy' })),
  },
  modifiable: {
    attribute: 'modifiable',
    call: 'C_SetAttributeValue',
    break: ({ session }, key) => session.write(key, { label: 'KEYFERRY-TEST changed' }),
  },
  destroyable: {
    attribute: 'destroyable',
    call: 'C_DestroyObject',
    break: ({ session }, key) => session.destroy(key),
  },
};

function guarded({ attribute, call, break: broken }: Guard): ModuleCase {
  const name = `CKA_${attribute.toUpperCase()}`;
  return {
    title: `a key with ${name} false is refused by ${call}`,
    level: 'must',
    clause: OBJECTS,
    why: 'A copy or a change is the first step of most ways to get a key out.',
    since: '0.1.0',
    async run(hsm) {
      const template: Attributes = { sensitive: true, extractable: false, [attribute]: false };
      const made = await attempt(() => generateAes(hsm, template));
      if (!made.done) return unsupported(`the token takes no key with ${name} false: ${made.returned}`);
      const tried = await attempt(() => broken(hsm, made.value));
      return judged([refused(tried, { id: `guard/${attribute}`, clause: OBJECTS, what: call, numbers: PROHIBITED })]);
    },
  };
}

/** Attributes that hold an object as it is, and the list of mechanisms that a key may be used with. */
export const GUARD_CASES: CaseTable = {
  ...Object.fromEntries(Object.entries(GUARDS).map(([word, guard]) => [`module/guard/${word}`, guarded(guard)])),
  'module/guard/allowed-mechanisms': {
    title: 'a key is refused for a mechanism that is not on its list',
    level: 'must',
    clause: 'PKCS#11 v3.1 section 4.7',
    why: 'A wrapping key that may be used with AES-ECB too gives away what it wrapped.',
    since: '0.1.0',
    async run(hsm) {
      const mechanism = aesKeyWrapOf(hsm);
      if (mechanism === null || !hsm.token.mechanisms().has(CKM.AES_ECB))
        return unsupported('the token lacks AES key wrap or AES-ECB');
      const template: Attributes = { sensitive: true, extractable: false, encrypt: true, wrap: true };
      const made = await attempt(() => generateAes(hsm, { ...template, allowedMechanisms: [mechanism.type] }));
      if (!made.done) return unsupported(`the token takes no key with CKA_ALLOWED_MECHANISMS: ${made.returned}`);
      const used = await attempt(() => hsm.session.encrypt({ type: CKM.AES_ECB }, made.value, Buffer.alloc(16)));
      const what = 'C_EncryptInit with a mechanism that is not allowed';
      return judged([
        refused(used, {
          id: 'guard/allowed-mechanisms',
          clause: 'PKCS#11 v3.1 section 4.7',
          what,
          numbers: [0x70, 0x68],
        }),
      ]);
    },
  },
};

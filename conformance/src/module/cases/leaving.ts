import { type Attributes, CKM, type ObjectHandle } from '@keyferry/pkcs11';
import type { SuiteFinding } from '../../suite/verdict.js';
import { attempt, type Hsm } from '../hsm.js';
import { judged, refused, unsupported } from '../judging.js';
import { aesKeyWrapOf, generateAes, generateEc, generateRsa } from '../keys.js';
import type { CaseTable, ModuleCase } from '../module-case.js';

const WRAPPING: Attributes = { sensitive: true, extractable: false, wrap: true, unwrap: true };
const WRAPPING_CLAUSE = 'PKCS#11 v3.1 section 5.18.3';
const READING = 'PKCS#11 v3.1 section 5.7.5';

/** CKR_ATTRIBUTE_SENSITIVE is null in `Session.read`: so is an attribute that is not there, and both keep the value inside. */
function staysInside({ session }: Hsm, key: ObjectHandle, name: keyof Attributes): SuiteFinding {
  const value = session.read(key, name);
  if (Buffer.isBuffer(value)) value.fill(0);
  return {
    id: `leaving/read-${name.replace(/[A-Z0-9]+/g, (part) => `-${part.toLowerCase()}`)}`,
    level: value === null ? 'pass' : 'fail',
    clause: READING,
    expected: 'C_GetAttributeValue gives no value (CKR_ATTRIBUTE_SENSITIVE)',
    actual: value === null ? 'it gives none' : 'it gives the value',
  };
}

function reading(word: string, template: Attributes): ModuleCase {
  return {
    title: `the value of ${word} key is not read out`,
    level: 'must',
    clause: READING,
    why: 'This is what a token is for.',
    since: '0.1.0',
    run: async (hsm) => judged([staysInside(hsm, await generateAes(hsm, template), 'value')]),
  };
}

/** A key leaves the token by C_WrapKey only, and only if its attributes allow it. */
export const LEAVING_CASES: CaseTable = {
  'module/leaving/read/sensitive': reading('a sensitive', { sensitive: true, extractable: true }),
  'module/leaving/read/unextractable': reading('an unextractable', { sensitive: false, extractable: false }),
  'module/leaving/read/rsa-private': {
    title: 'no private number of a sensitive RSA key is read out',
    level: 'must',
    clause: READING,
    why: 'One prime, or one CRT exponent, is as good as the key.',
    since: '0.1.0',
    async run(hsm) {
      const made = await attempt(() => generateRsa(hsm, {}, { sensitive: true, extractable: true, sign: true }));
      if (!made.done) return unsupported(`no RSA key can be generated: ${made.returned}`);
      const names = ['privateExponent', 'prime1', 'prime2', 'exponent1', 'exponent2', 'coefficient'] as const;
      return judged(names.map((name) => staysInside(hsm, made.value.privateKey, name)));
    },
  },
  'module/leaving/wrap/unextractable': {
    title: 'a key with CKA_EXTRACTABLE false is not wrapped',
    level: 'must',
    clause: WRAPPING_CLAUSE,
    why: 'A wrapped key is as good as the key to whoever holds the wrapping key.',
    since: '0.1.0',
    async run(hsm) {
      const mechanism = aesKeyWrapOf(hsm);
      if (mechanism === null) return unsupported('the token has no AES key wrap');
      const wrapping = await generateAes(hsm, WRAPPING);
      const key = await generateAes(hsm, { sensitive: true, extractable: false });
      const wrapped = await attempt(() => hsm.session.wrapKey(mechanism, wrapping, key));
      const what = 'C_WrapKey of an unextractable key';
      const numbers = [0x6a, 0x69];
      return judged([refused(wrapped, { id: 'leaving/wrap-unextractable', clause: WRAPPING_CLAUSE, what, numbers })], {
        fault: wrapped.done ? 'module/extractable-ignored' : undefined,
      });
    },
  },
  'module/leaving/wrap/unextractable-private': {
    title: 'a private key with CKA_EXTRACTABLE false is not wrapped',
    level: 'must',
    clause: WRAPPING_CLAUSE,
    why: 'Some modules look at secret keys only.',
    since: '0.1.0',
    async run(hsm) {
      const mechanism = aesKeyWrapOf(hsm);
      if (mechanism === null) return unsupported('the token has no AES key wrap');
      const wrapping = await generateAes(hsm, WRAPPING);
      const closed = { sensitive: true, extractable: false, sign: true };
      const hasEc = hsm.token.mechanisms().has(CKM.EC_KEY_PAIR_GEN);
      const pair = await attempt(() => (hasEc ? generateEc(hsm, closed) : generateRsa(hsm, {}, closed)));
      if (!pair.done) return unsupported(`no private key can be generated: ${pair.returned}`);
      const wrapped = await attempt(() => hsm.session.wrapKey(mechanism, wrapping, pair.value.privateKey));
      const what = 'C_WrapKey of an unextractable private key';
      const numbers = [0x6a, 0x69];
      const refusal = { id: 'leaving/wrap-unextractable-private', clause: WRAPPING_CLAUSE, what, numbers };
      return judged([refused(wrapped, refusal)], {
        fault: wrapped.done ? 'module/extractable-ignored' : undefined,
      });
    },
  },
};

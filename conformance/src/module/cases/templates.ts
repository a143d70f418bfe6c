import { type Attributes, type BooleanAttributes, nestedTemplate } from '@keyferry/pkcs11';
import type { Verdict } from '../../suite/verdict.js';
import { attempt, type Hsm } from '../hsm.js';
import { attributeIs, judged, refused, returnedBy, unsupported } from '../judging.js';
import { aesKeyWrapOf, generateAes } from '../keys.js';
import type { CaseTable, ModuleCase } from '../module-case.js';

const WRAP = 'PKCS#11 v3.1 section 5.18.3, CKA_WRAP_TEMPLATE';
const UNWRAP = 'PKCS#11 v3.1 section 5.18.4, CKA_UNWRAP_TEMPLATE';
/** CKR_KEY_HANDLE_INVALID as the standard says; others say CKR_KEY_NOT_WRAPPABLE. */
const NOT_LIKE_TEMPLATE = [0x60, 0x69];
const INCONSISTENT = [0xd1, 0x13, 0x10];
const WHY =
  'A template on the wrapping key is how an officer says once what every key that goes or comes under it must be. If it is ' +
  'kept and not heeded, nothing holds.';

/** Attributes that a wrapping key demands, or gives. */
const DEMANDED: BooleanAttributes = { sensitive: true };
const GIVEN: BooleanAttributes = { sensitive: true, extractable: false };

type Work = (hsm: Hsm, mechanism: { readonly type: number }) => Promise<Verdict>;

function templateCase(title: string, clause: string, work: Work): ModuleCase {
  return {
    title,
    level: 'must',
    clause,
    why: WHY,
    since: '0.1.0',
    async run(hsm) {
      const mechanism = aesKeyWrapOf(hsm);
      return mechanism === null ? unsupported('the token has no AES key wrap') : work(hsm, mechanism);
    },
  };
}

async function demanding(hsm: Hsm) {
  const wrapTemplate = await nestedTemplate(DEMANDED);
  return attempt(() => generateAes(hsm, { sensitive: true, extractable: false, wrap: true, wrapTemplate }));
}

/** Unwraps a key under one that gives attributes, with what the caller asks for beside them. */
async function unwrapGiving(hsm: Hsm, mechanism: { readonly type: number }, asked: Attributes) {
  const unwrapTemplate = await nestedTemplate(GIVEN);
  const uses = { sensitive: true, extractable: false, wrap: true, unwrap: true };
  const wrapping = await attempt(() => generateAes(hsm, { ...uses, unwrapTemplate }));
  if (!wrapping.done) return unsupported(`the token takes no key with CKA_UNWRAP_TEMPLATE: ${wrapping.returned}`);
  const key = await generateAes(hsm, { sensitive: true, extractable: true });
  const wrapped = await hsm.session.wrapKey(mechanism, wrapping.value, key);
  const template: Attributes = { class: 'secret-key', keyType: 'AES', token: false, private: true, ...asked };
  return attempt(async () => hsm.own(await hsm.session.unwrapKey(mechanism, wrapping.value, wrapped, template)));
}

/** Templates that a wrapping key carries for the keys that go and come under it. */
export const TEMPLATE_CASES: CaseTable = {
  'module/template/wrap/unlike': templateCase(
    'a key that is not like the CKA_WRAP_TEMPLATE of the wrapping key is not wrapped',
    WRAP,
    async (hsm, mechanism) => {
      const wrapping = await demanding(hsm);
      if (!wrapping.done) return unsupported(`the token takes no key with CKA_WRAP_TEMPLATE: ${wrapping.returned}`);
      const key = await generateAes(hsm, { sensitive: false, extractable: true });
      const wrapped = await attempt(() => hsm.session.wrapKey(mechanism, wrapping.value, key));
      const what = 'C_WrapKey of a key that is not sensitive under one that demands it';
      return judged([refused(wrapped, { id: 'template/wrap-unlike', clause: WRAP, what, numbers: NOT_LIKE_TEMPLATE })]);
    },
  ),
  'module/template/wrap/like': templateCase(
    'a key that is like the CKA_WRAP_TEMPLATE of the wrapping key is wrapped',
    WRAP,
    async (hsm, mechanism) => {
      const wrapping = await demanding(hsm);
      if (!wrapping.done) return unsupported(`the token takes no key with CKA_WRAP_TEMPLATE: ${wrapping.returned}`);
      const key = await generateAes(hsm, { sensitive: true, extractable: true });
      const wrapped = await attempt(() => hsm.session.wrapKey(mechanism, wrapping.value, key));
      const level = wrapped.done ? 'pass' : 'fail';
      const actual = `it returned ${returnedBy(wrapped)}`;
      const expected = 'C_WrapKey of a sensitive key under one that demands it is done';
      return judged([{ id: 'template/wrap-like', level, clause: WRAP, expected, actual }]);
    },
  ),
  'module/template/unwrap/given': templateCase(
    'an unwrapped key has what the CKA_UNWRAP_TEMPLATE of the unwrapping key gives',
    UNWRAP,
    async (hsm, mechanism) => {
      const opened = await unwrapGiving(hsm, mechanism, {});
      if ('kind' in opened) return opened;
      const at = { id: 'template/unwrap-given', clause: UNWRAP };
      if (!opened.done) {
        const repeated = await unwrapGiving(hsm, mechanism, GIVEN);
        if ('kind' in repeated) return repeated;
        if (!repeated.done) return unsupported(`it does not unwrap under such a key: ${returnedBy(repeated)}`);
        const actual = `it returned ${returnedBy(opened)}, and is done when the template repeats what is given`;
        return judged([{ ...at, level: 'warn', expected: 'the key has what is given', actual }]);
      }
      return judged([
        attributeIs('CKA_SENSITIVE', hsm.session.read(opened.value, 'sensitive'), true, at),
        attributeIs('CKA_EXTRACTABLE', hsm.session.read(opened.value, 'extractable'), false, at),
      ]);
    },
  ),
  'module/template/unwrap/against': templateCase(
    'a template that contradicts the CKA_UNWRAP_TEMPLATE of the unwrapping key is refused',
    UNWRAP,
    async (hsm, mechanism) => {
      const opened = await unwrapGiving(hsm, mechanism, { sensitive: false, extractable: true });
      if ('kind' in opened) return opened;
      const what = 'C_UnwrapKey with a template that contradicts';
      return judged([refused(opened, { id: 'template/unwrap-against', clause: UNWRAP, what, numbers: INCONSISTENT })]);
    },
  ),
};

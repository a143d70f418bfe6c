import { attempt } from '../hsm.js';
import { judged, refused } from '../judging.js';
import type { CaseTable } from '../module-case.js';
import { SUITE_LABEL } from '../stock.js';

const CLAUSE = 'PKCS#11 v3.1 sections 4.4 and 5.6';
/** CKR_USER_NOT_LOGGED_IN; some modules say CKR_SESSION_READ_ONLY or CKR_TEMPLATE_INCONSISTENT. */
const NOT_LOGGED_IN = [0x101, 0xb5, 0xd1];

/** What stands in the token and is for its user only. */
export const PRIVATE_OBJECT_CASES: CaseTable = {
  'module/private/seen': {
    title: 'a private key in the token is not seen by whoever is not logged in',
    level: 'must',
    clause: CLAUSE,
    why: 'Who may see that a key exists may often use it too. CKA_PRIVATE is the line.',
    since: '0.1.0',
    async run(hsm) {
      const mark = hsm.session.random(8);
      hsm.own(
        hsm.session.create({
          class: 'secret-key',
          keyType: 'AES',
          value: hsm.session.random(32),
          token: true,
          private: true,
          label: SUITE_LABEL,
          id: mark,
        }),
      );
      const seen = await hsm.asNobody(async (session) => session.find({ class: 'secret-key', id: mark }).length);
      for (const object of hsm.session.find({ class: 'secret-key', id: mark })) hsm.own(object);
      const level = seen === 0 ? 'pass' : 'fail';
      const actual = seen === 0 ? 'nothing is found' : 'the key is found';
      return judged([
        { id: 'private/seen', level, clause: CLAUSE, expected: 'nothing is found without a login', actual },
      ]);
    },
  },
  'module/private/made': {
    title: 'a private key is not made by whoever is not logged in',
    level: 'must',
    clause: CLAUSE,
    why: 'An object that nobody has logged in for belongs to nobody.',
    since: '0.1.0',
    async run(hsm) {
      const made = await hsm.asNobody((session) =>
        attempt(() =>
          session.create({
            class: 'secret-key',
            keyType: 'AES',
            value: session.random(32),
            token: false,
            private: true,
          }),
        ),
      );
      const what = 'C_CreateObject of a private key without a login';
      return judged([refused(made, { id: 'private/made', clause: CLAUSE, what, numbers: NOT_LOGGED_IN })]);
    },
  },
};

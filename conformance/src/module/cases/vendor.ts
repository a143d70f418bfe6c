import { randomBytes } from 'node:crypto';
import { mechanismName } from '@keyferry/pkcs11';
import type { SuiteFinding } from '../../suite/verdict.js';
import { flavourOf } from '../flavour.js';
import { attempt } from '../hsm.js';
import { judged, returnedBy, unsupported } from '../judging.js';
import { createAes } from '../keys.js';
import type { CaseTable } from '../module-case.js';

/** CKM_VENDOR_DEFINED: numbers from here on are the vendor's own. */
const VENDOR_DEFINED = 0x8000_0000;
const CLAUSE = 'PKCS#11 v3.1 section 3.3, CKM_VENDOR_DEFINED';
/** Its length is no multiple of 8, so that every padding shows. */
const SECRET_BYTES = 20;

/** Mechanisms of the vendor: only a trial tells what they make. */
export const VENDOR_CASES: CaseTable = {
  'module/vendor/key-wrap': {
    title: "the vendor's own mechanisms that wrap are some AES key wrap that is known",
    level: 'may',
    clause: CLAUSE,
    why: 'Some HSMs have RFC 5649 under a number of their own only. Which it is stands in no list; it is tried.',
    since: '0.1.0',
    async run(hsm) {
      const types = [...hsm.token.mechanisms()]
        .filter((type) => type >= VENDOR_DEFINED && hsm.token.mechanismInfo(type)?.flags.wrap)
        .sort((a, b) => a - b);
      if (types.length === 0) return unsupported("the token says of none of the vendor's mechanisms that it wraps");
      const known = randomBytes(32);
      const wrapping = await attempt(() => createAes(hsm, known, { wrap: true }));
      if (!wrapping.done) return unsupported(`the token takes no AES key from outside: ${wrapping.returned}`);
      const value = randomBytes(SECRET_BYTES);
      const secret = await attempt(() =>
        hsm.own(
          hsm.session.create({
            class: 'secret-key',
            keyType: 'generic-secret',
            value,
            token: false,
            private: true,
            sensitive: false,
            extractable: true,
          }),
        ),
      );
      if (!secret.done) return unsupported(`the token takes no generic secret from outside: ${secret.returned}`);
      const findings: SuiteFinding[] = [];
      for (const type of types) {
        const wrapped = await attempt(() => hsm.session.wrapKey({ type }, wrapping.value, secret.value));
        const flavour = wrapped.done ? flavourOf(known, wrapped.value, () => SECRET_BYTES) : null;
        findings.push({
          id: 'vendor/key-wrap',
          level: flavour === null ? 'not-checked' : flavour === 'nothing known' ? 'warn' : 'pass',
          clause: CLAUSE,
          expected: 'an AES key wrap that is known',
          actual: `${mechanismName(type)}: ${flavour ?? `it refuses an AES key without parameters: ${returnedBy(wrapped)}`}`,
        });
      }
      if (findings.every(({ level }) => level === 'not-checked')) {
        return unsupported(`none of the vendor's mechanisms wraps under an AES key without parameters`);
      }
      return judged(findings, { conclusion: 'standard silent' });
    },
  },
};

import { createPublicKey } from 'node:crypto';
import { type Kek, publicJwkOf, publicKeyPem, readKek, thumbprintHex, thumbprintWords } from '@keyferry/blob';
import type { Terminal } from '@keyferry/terminal';
import test from 'ava';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { confirmKek } from '../src/kek/confirm.js';
import { KID } from './support/kek-file.js';

const kekOf = (bits: 2048 | 3072): Kek =>
  readKek(Buffer.from(publicKeyPem(publicJwkOf(createPublicKey(practiceKey(`kek-${bits}`))))), { kid: KID });
const kek = kekOf(2048);
const other = kekOf(3072);

/** Answers the one question with this, and keeps what was shown before. */
function answering(answer: string): Terminal & { shown: string } {
  const quiet = { json: false, quiet: false, print() {}, warn() {}, progress: () => ({ step() {}, end() {} }) };
  const terminal = {
    ...quiet,
    interactive: true,
    shown: '',
    say: (text: string) => {
      terminal.shown += text;
    },
    ask: async (question: string) => {
      terminal.shown += question;
      return answer;
    },
    askSecret: () => Promise.reject(new Error('no secret must be asked for')),
  };
  return terminal;
}

for (const [form, spelled] of [
  ['the URI', ({ thumbprint }: Kek) => thumbprint],
  ['hex in groups', ({ thumbprint }: Kek) => thumbprintHex(thumbprint).replaceAll(/.{4}/g, '$& ')],
  ['PGP words', ({ thumbprint }: Kek) => thumbprintWords(thumbprint).join(' ').toUpperCase()],
] as const) {
  test(`the operator confirms the KEK by ${form}, given or typed; that of another KEK is refused`, async (t) => {
    for (const typed of [true, false]) {
      const confirm = (text: string) =>
        confirmKek(kek, typed ? undefined : text, answering(typed ? text : 'nobody must be asked'));
      await t.notThrowsAsync(confirm(spelled(kek)));
      await t.throwsAsync(confirm(spelled(other)), { code: 'THUMBPRINT_MISMATCH' });
    }
  });
}

test('what is typed is not shown before, in any form; a y is no confirmation', async (t) => {
  const terminal = answering('y');
  await t.throwsAsync(confirmKek(kek, undefined, terminal), { code: 'THUMBPRINT_INVALID' });
  const hex = thumbprintHex(kek.thumbprint);
  for (const part of [
    kek.thumbprint.slice(-43),
    hex.slice(0, 8),
    thumbprintWords(kek.thumbprint).slice(0, 2).join(' '),
  ]) {
    t.false(terminal.shown.includes(part));
  }
  t.true(terminal.shown.includes(KID));
  await t.throwsAsync(confirmKek(kek, undefined, answering('')), { code: 'CANCELLED' });
});

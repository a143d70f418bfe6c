import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { checkSameImport, type ImportAct, openImport, parseImportAct } from '../src/import-journal.js';

const at = '2026-11-23T22:00:00.000Z';
const sending: ImportAct = {
  act: 'sending',
  at,
  vault: 'https://v.vault.azure.net',
  name: 'payroll',
  blobSha256: 'ab'.repeat(32),
  versions: ['1'],
};
const arrived: ImportAct = { act: 'arrived', at, version: '2' };
const done: ImportAct = { act: 'done', at, version: '2' };
const refused: ImportAct = { act: 'refused', at, code: 'SERVICE_FORBIDDEN' };
const different: ImportAct = { act: 'different', at, version: '2' };

test('what was sent is open until it was refused, found different, or done', (t) => {
  t.is(openImport([]), null);
  t.deepEqual(openImport([sending]), { sent: sending, arrived: null });
  t.deepEqual(openImport([sending, arrived]), { sent: sending, arrived: '2' });
  t.is(openImport([sending, refused]), null);
  t.is(openImport([sending, arrived, different]), null);
  t.is(openImport([sending, arrived, done]), null);
  t.deepEqual(openImport([sending, arrived, done, sending]), { sent: sending, arrived: null });
});

test('an open import of another name, vault or blob stands in the way', (t) => {
  const open = { sent: sending, arrived: null };
  const { vault, name, blobSha256 } = sending;
  t.notThrows(() => checkSameImport(open, { vault, name, blobSha256 }, 'J'));
  for (const other of [{ vault: 'https://w.vault.azure.net' }, { name: 'other' }, { blobSha256: 'cd' }]) {
    const error = t.throws(() => checkSameImport(open, { vault, name, blobSha256, ...other }, 'J'), {
      instanceOf: KeyferryError,
    });
    t.is(error.code, 'OUTCOME_UNKNOWN');
  }
});

test('a line of another kind is no act of an import', (t) => {
  for (const value of [null, 1, {}, { act: 'done' }, { ...done, act: 'sent' }, { ...done, more: 1 }]) {
    t.throws(() => parseImportAct(value));
  }
  for (const act of [sending, arrived, done, refused, different]) t.deepEqual(parseImportAct(act), act);
});

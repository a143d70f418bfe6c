import test from 'ava';
import { readReceipt, writeReceipt } from '../src/receipt.js';
import { codeOf } from './support/refusal.js';
import { json, receipt, VERSION } from './support/samples.js';

test('a receipt is read back as it was written', (t) => {
  t.deepEqual(readReceipt(writeReceipt(receipt())), receipt());
  t.is(writeReceipt(receipt()).toString(), `${JSON.stringify(receipt(), null, 2)}\n`);
  const oct = receipt({
    key: { ...receipt().key, type: 'oct', crv: null },
    target: { publicKey: null, thumbprint: null, kcv: '0123ab' },
    enabledAt: '2026-11-23T22:05:00.123Z',
  });
  t.deepEqual(readReceipt(writeReceipt(oct)), oct);
});

for (const [what, changes] of [
  ['an unknown member', { note: 1 }],
  ['the vault of another kid', { vault: { url: 'https://tank.vault.azure.net', kind: 'vault' } }],
  ['another kind of vault', { vault: { url: 'https://bank.vault.azure.net', kind: 'managed-hsm' } }],
  ['another version than its kid', { key: { ...receipt().key, version: VERSION.replace('0', '1') } }],
  ['another thumbprint than its key', { target: { ...receipt().target, thumbprint: receipt().kek.thumbprint } }],
  ['a thumbprint without a key', { target: { ...receipt().target, publicKey: null } }],
  ['another confirmation', { confirmedBy: 'yes' }],
  ['another verification', { verified: ['everything'] }],
] as const) {
  test(`a receipt with ${what} is refused`, (t) => {
    t.is(
      codeOf(() => readReceipt(json({ ...receipt(), ...changes }))),
      'RECEIPT_INVALID',
    );
  });
}

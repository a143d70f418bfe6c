import { type Attributes, loadModule, type ObjectHandle, type Session } from '@keyferry/pkcs11';
import test from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { makeOverlayToken, type OverlayToken } from '../../../test/support/overlay.js';
import { provision, provisionToken } from '../../../test/support/provision.js';
import { useToken } from '../../../test/support/softhsm.js';
import { listTokenObjects } from '../src/batch/token-objects.js';
import { assertAllThere, batchOn, placements, planned, writePlan } from './support/batch-program.js';
import { makeKekFile } from './support/kek-file.js';

let token: OverlayToken;
let session: Session;
const placed = placements(30);

test.before(async () => {
  token = await makeOverlayToken(wholeFile, {}, { label: 'hsm' });
  await provisionToken(token, placed);
  useToken(token);
  session = loadModule(token.module).findToken({ token: 'hsm' }).openSession({ writable: true });
  session.login(token.pin);
  provision(session, 'ec-p256', { label: 'twin', id: Buffer.of(0xb1), token: false });
  provision(session, 'ec-p384', { label: 'twin', id: Buffer.of(0xb2), token: false });
  provision(session, 'rsa-2048', { label: '', id: Buffer.alloc(0), token: false });
  provision(session, 'aes-128', { label: 'Grüße, 鍵', id: Buffer.of(0xb1), token: false });
  session.create({ class: 'data', token: false, private: false, label: 'twin' });
});

const looked: readonly (readonly [what: string, template: Attributes, count: number])[] = [
  ['one label', { class: 'private-key', label: 'key 0' }, 1],
  ['one id', { class: 'secret-key', id: Buffer.of(1, 1) }, 1],
  ['label and id of one key', { class: 'private-key', label: 'key 0', id: Buffer.of(1, 0) }, 1],
  ['label and id of two keys', { class: 'private-key', label: 'key 0', id: Buffer.of(1, 3) }, 0],
  ['a label of another class', { class: 'secret-key', label: 'key 0' }, 0],
  ['a label of two keys', { class: 'private-key', label: 'twin' }, 2],
  ['a label of two keys and an id', { class: 'private-key', label: 'twin', id: Buffer.of(0xb2) }, 1],
  ['a public key of a kind', { class: 'public-key', id: Buffer.of(1, 0), keyType: 'EC' }, 1],
  ['a public key of another kind', { class: 'public-key', id: Buffer.of(1, 0), keyType: 'RSA' }, 0],
  ['an empty label', { class: 'private-key', label: '' }, 1],
  ['an empty id', { class: 'private-key', id: Buffer.alloc(0) }, 1],
  ['a label with other letters', { class: 'secret-key', label: 'Grüße, 鍵' }, 1],
  ['a label with the replacement character', { class: 'secret-key', label: 'Gr\ufffd\ufffde, 鍵' }, 0],
  ['a class alone', { class: 'secret-key' }, 11],
  ['an attribute that is not listed', { class: 'private-key', label: 'twin', extractable: true }, 2],
  ['no class', { label: 'twin' }, 5],
];

for (const [what, template, count] of looked) {
  test(`the list answers as the token does: ${what}`, (t) => {
    const sorted = (objects: readonly ObjectHandle[]) => objects.map(Number).sort((a, b) => a - b);
    const found = sorted(listTokenObjects(session)(session).find(template));
    t.deepEqual(found, sorted(session.find(template)));
    t.is(found.length, count);
  });
}

test('the objects of the token are enumerated once, however many keys the plan has, and attributes are asked for together', async (t) => {
  const enumerations: number[] = [];
  const reads: number[] = [];
  for (const count of [2, 30]) {
    const folder = privateFolder(t);
    const kek = makeKekFile(folder, 2048);
    const before = token.trace().length;
    const keys = planned(placed.slice(0, count), kek.path);
    const { json, stderr } = await batchOn(token, writePlan(folder, keys), kek.thumbprint);
    t.is(json.counts?.wrapped, count, stderr);
    const calls = token.trace().slice(before);
    reads.push(calls.filter((line) => line.startsWith('C_GetAttributeValue')).length);
    enumerations.push(calls.filter((line) => line.startsWith('C_FindObjectsInit')).length);
    t.is(calls.filter((line) => line.startsWith('C_WrapKey')).length >= 2 * count, true);
    t.is(calls.filter((line) => line.startsWith('C_Login')).length, 1);
  }
  t.deepEqual(enumerations, [1, 1]);
  const [few = 0, many = 0] = reads;
  t.true((many - few) / 28 < 18, `${few} calls for 2 keys, ${many} for 30`);
});

test('a batch takes keys that the module does not hold in memory, but an HSM behind it', async (t) => {
  const hsm = await makeOverlayToken(t, { many: '40' });
  await provisionToken(hsm, [{ key: 'rsa-2048', label: 'key', id: Buffer.of(1) }]);
  const folder = privateFolder(t);
  const kek = makeKekFile(folder, 2048);
  const keys = planned(placements(40, ['rsa-2048']), kek.path);
  const files = writePlan(folder, keys);
  const { json, stderr } = await batchOn(hsm, files, kek.thumbprint);
  t.is(json.counts?.wrapped, 40, stderr);
  t.is(hsm.trace().filter((line) => line.startsWith('C_FindObjectsInit')).length, 1);
  assertAllThere(t, files.out, keys);
});

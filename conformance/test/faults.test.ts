import test from 'ava';
import { diagnoseBlob } from '../src/diagnosis/diagnose.js';
import { DIAGNOSES, DIAGNOSIS_IDS } from '../src/diagnosis/diagnoses.js';
import { FAULT_IDS, makeFault } from '../src/making/faults.js';
import { makeWrongBlob } from '../src/making/wrong-blob.js';
import { CHECK_IDS, makeBlob } from '../src/oracle/index.js';
import { idsOf } from './support/findings.js';
import { testKek } from './support/keys.js';
import { practiceMaterial } from './support/material.js';

const kek = testKek(2048);
const material = practiceMaterial(2048, 'faults');

const MEMBERS = ['blob/envelope/members', 'blob/envelope/unknown-members'];
/** What is missing in one place stands in another; and no private exponent belongs to an even public one. */
const MORE_CHECKS: Readonly<Record<string, readonly string[]>> = {
  'members/request-body': MEMBERS,
  'members/flat-header': MEMBERS,
  'members/names': MEMBERS,
  'members/jwe-json': ['blob/envelope/members', 'blob/length/halves', 'blob/envelope/unknown-members'],
  'rsa/exponent-even': ['blob/key-consistency/rsa/private-exponent', 'blob/policy/rsa/exponent'],
};

for (const id of FAULT_IDS) {
  test(`${id}: the fault is named, and shows in its own check alone`, (t) => {
    const { findings, diagnoses } = diagnoseBlob(makeFault(id, material), kek);
    t.deepEqual(
      diagnoses.map((diagnosis) => diagnosis.id),
      [id],
    );
    t.deepEqual([...idsOf(findings, 'fail'), ...idsOf(findings, 'warn')], MORE_CHECKS[id] ?? [DIAGNOSES[id].check]);
  });
}

test('without a fault the steps make the blob that the oracle makes', (t) => {
  const { kid, random, target } = material;
  const parts = { target: target('ec-p256'), aesKey: random('AES key', 32), seed: random('OAEP seed', 20) };
  t.deepEqual(makeWrongBlob(material, {}), makeBlob({ kek, kid, ...parts }));
});

test('each check that can find a fault has a diagnosis', (t) => {
  const explained = new Set<string>(DIAGNOSIS_IDS.map((id) => DIAGNOSES[id].check));
  t.deepEqual(
    CHECK_IDS.filter((id) => !explained.has(id)),
    ['blob/key-consistency/rsa/primes'],
  );
  t.true(DIAGNOSIS_IDS.length > 60);
});

test('the texts of the diagnoses are whole, and none stands twice', (t) => {
  const titles = DIAGNOSIS_IDS.map((id) => DIAGNOSES[id].title);
  t.is(new Set(titles).size, titles.length);
  for (const id of DIAGNOSIS_IDS) {
    for (const text of Object.values(DIAGNOSES[id])) t.regex(text, /^\S[\x20-\x7e]*[^.\s]$/, id);
  }
});

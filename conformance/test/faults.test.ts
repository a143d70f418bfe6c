import test from 'ava';
import { diagnoseBlob } from '../src/diagnosis/diagnose.js';
import { DIAGNOSES, DIAGNOSIS_IDS } from '../src/diagnosis/diagnoses.js';
import { FAULT_IDS, FAULTS, makeFault } from '../src/making/faults.js';
import { makeWrongBlob } from '../src/making/wrong-blob.js';
import { withNodeEngine } from '../src/node-engine.js';
import { CHECK_IDS, makeBlob } from '../src/oracle/index.js';
import { idsOf } from './support/findings.js';
import { practicePem, testKek } from './support/keys.js';
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

for (const bits of [3072, 4096] as const) {
  test(`each fault has the same name under a KEK of ${bits} bits`, (t) => {
    const engine = withNodeEngine(testKek(bits), practicePem(`kek-${bits}`));
    const larger = practiceMaterial(bits, 'faults');
    for (const id of FAULT_IDS) {
      const names = diagnoseBlob(makeFault(id, larger), engine).diagnoses.map((diagnosis) => diagnosis.id);
      t.deepEqual(names, [id], id);
    }
  });
}

for (const name of ['rsa-4096', 'ec-p521', 'aes-256'] as const) {
  test(`whatever is done before the target is looked at has the same name with another target: ${name}`, (t) => {
    const engine = withNodeEngine(kek, practicePem('kek-2048'));
    const target = material.target(name);
    for (const id of FAULT_IDS.filter((fault) => /^(file|members|kid|halves|oaep|aes-size)\//.test(fault))) {
      const blob = makeWrongBlob(material, { ...FAULTS[id](material), target });
      t.deepEqual(
        diagnoseBlob(blob, engine).diagnoses.map((diagnosis) => diagnosis.id),
        [id],
        id,
      );
    }
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

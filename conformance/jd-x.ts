import { diagnoseBlob } from './src/diagnosis/diagnose.js';
import { FAULT_IDS, FAULTS } from './src/making/faults.js';
import { makeWrongBlob } from './src/making/wrong-blob.js';
import { withNodeEngine } from './src/node-engine.js';
import { practicePem, testKek } from './test/support/keys.js';
import { practiceMaterial } from './test/support/material.js';

let slow = 0,
  slowId = '';
for (const bits of [2048, 3072, 4096] as const) {
  const kek = withNodeEngine(testKek(bits), practicePem(`kek-${bits}`));
  for (const seed of ['a', 'b', 'c']) {
    const m = practiceMaterial(bits, seed);
    for (const target of [null, 'rsa-2048', 'rsa-4096', 'ec-p521', 'ec-secp256k1', 'aes-256', 'aes-128'] as const)
      for (const id of FAULT_IDS) {
        if (target && !/^(file|members|base64|kid|halves|oaep|aes-size|kwp)\//.test(id)) continue;
        if (target && ['base64/padding', 'base64/stray-bits', 'kwp/rfc3394'].includes(id)) continue;
        const t0 = performance.now();
        const got = diagnoseBlob(
          makeWrongBlob(m, { ...FAULTS[id](m), ...(target ? { target: m.target(target) } : {}) }),
          kek,
        )
          .diagnoses.map((d) => d.id)
          .join();
        const dt = performance.now() - t0;
        if (dt > slow) {
          slow = dt;
          slowId = id + bits + target;
        }
        if (got !== id) console.log(bits, seed, target, id, '->', got);
      }
  }
}
console.log(slow, slowId);

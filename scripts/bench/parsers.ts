import {
  inspectByok,
  openPracticeBlob,
  readByok,
  readKek,
  readManifest,
  readPublicKey,
  readReceipt,
  readTargetKey,
} from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { readPracticeManifest } from '../../conformance/src/manifest.js';
import * as oracle from '../../conformance/src/oracle/index.js';
import { readTestKek } from '../../conformance/src/oracle/index.js';
import { practiceKey } from '../../test/support/practice-keys.js';

const kek = practiceKey('kek-2048');
const testKek = readTestKek(Buffer.from(kek.export({ type: 'pkcs8', format: 'pem' })));

/** Whatever reads bytes from outside, of both engines. Ends in any way but a crash. */
export const PARSERS: readonly (readonly [name: string, parse: (bytes: Buffer) => void])[] = (
  [
    ['blob: readByok', readByok],
    ['blob: inspectByok', inspectByok],
    ['blob: readManifest', readManifest],
    ['blob: readReceipt', readReceipt],
    ['blob: readKek', (bytes) => readKek(bytes)],
    ['blob: readPublicKey', readPublicKey],
    ['blob: readTargetKey RSA', (bytes) => readTargetKey(bytes, 'RSA')],
    ['blob: readTargetKey EC', (bytes) => readTargetKey(bytes, 'EC')],
    ['blob: readTargetKey oct', (bytes) => readTargetKey(bytes, 'oct')],
    ['blob: openPracticeBlob', (bytes) => openPracticeBlob(kek, bytes)],
    ['oracle: judgeBlob', (bytes) => oracle.judgeBlob(bytes, testKek)],
    ['oracle: judgeTargetKey', (bytes) => oracle.judgeTargetKey(bytes)],
    ['oracle: readPublicKey', oracle.readPublicKey],
    ['oracle: readTestKek', readTestKek],
    ['oracle: readPracticeManifest', readPracticeManifest],
  ] as const satisfies readonly (readonly [string, (bytes: Buffer) => unknown])[]
).map(([name, read]) => [
  name,
  (bytes) => {
    try {
      read(bytes);
    } catch (error) {
      if (!(error instanceof KeyferryError) || error.code === 'INTERNAL') throw error;
    }
  },
]);

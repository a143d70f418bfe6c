import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import { unwrapKwp, wrapKwp } from '../../packages/blob/src/kwp.js';
import { refuseWith } from '../../packages/blob/src/refuse.js';
import { wrapPadded } from '../src/making/key-wrap.js';
import { judgeKwp } from '../src/oracle/kwp.js';
import { createReport } from '../src/oracle/report.js';
import { acceptedOrCode } from './support/accepted.js';

/** NIST's vectors of SP 800-38F as Debian's python3-cryptography-vectors installs them; set-up does so. */
const FOLDER = '/usr/lib/python3/dist-packages/cryptography_vectors/keywrap/kwtestvectors';
const installed = existsSync(FOLDER);

interface Case {
  readonly key: Buffer;
  readonly ct: Buffer;
  /** Null where the case says FAIL. */
  readonly msg: Buffer | null;
}

function casesOf(file: string): Case[] {
  const text = readFileSync(`${FOLDER}/${file}`, 'latin1');
  const blocks = text.split(/^COUNT = \d+\r?$/m).slice(1);
  return blocks.map((block) => {
    const value = (name: string) => {
      const hex = new RegExp(`^${name} = ([0-9a-f]*)\\r?$`, 'm').exec(block)?.[1];
      return hex === undefined ? null : Buffer.from(hex, 'hex');
    };
    const [key, ct, msg] = [value('K'), value('C'), value('P')];
    if (!key || !ct || (!msg && !/^FAIL\r?$/m.test(block))) throw new Error(`${file}: ${block}`);
    return { key, ct, msg };
  });
}

const refuse = refuseWith('BLOB_UNWRAP_FAILED');
const skipped = '(skipped: python3-cryptography-vectors is not installed)';

for (const bits of [128, 192, 256]) {
  const title = `the 500 cases of NIST that unwrap under AES-${bits} end in both engines as NIST says`;
  (installed ? test : test.skip)(installed ? title : `${title} ${skipped}`, (t) => {
    const cases = casesOf(`KWP_AD_${bits}.txt`);
    t.is(cases.length, 500);
    t.true(cases.some(({ msg }) => msg === null));
    for (const { key, ct, msg } of cases) {
      const node = acceptedOrCode(() => unwrapKwp(key, ct, refuse));
      t.deepEqual(node, msg ? { value: msg } : { code: 'BLOB_UNWRAP_FAILED' });
      const report = createReport();
      const oracle = judgeKwp(key, ct, report);
      const failed = report.findings().some(({ id, level }) => level === 'fail' && id.startsWith('blob/kwp/'));
      t.is(failed, msg === null);
      if (msg) t.deepEqual(Buffer.from(oracle ?? []), msg);
    }
  });

  const wrapTitle = `the 500 cases of NIST that wrap under AES-${bits} give the same bytes in both engines`;
  (installed ? test : test.skip)(installed ? wrapTitle : `${wrapTitle} ${skipped}`, (t) => {
    const cases = casesOf(`KWP_AE_${bits}.txt`);
    t.is(cases.length, 500);
    for (const { key, ct, msg } of cases) {
      if (!msg) return t.fail();
      t.deepEqual(wrapKwp(key, msg), ct);
      t.deepEqual(Buffer.from(wrapPadded(msg, key)), ct);
    }
  });
}

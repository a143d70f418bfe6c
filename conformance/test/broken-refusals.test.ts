import test from 'ava';
import { REFUSALS } from '../src/producer/refusals.js';
import { against, brokenTool, ranCases } from './support/in-process.js';

const judge = (fault: string) => ranCases({ adapter: brokenTool(fault), run: ['producer/refuse/*'] });
const refusals = Object.keys(REFUSALS).map((name) => `producer/refuse/${name}`);

for (const name of Object.keys(REFUSALS)) {
  test(`a tool that accepts ${name} is caught by that case alone`, async (t) => {
    const told = ['fail', 'fail producer/refusal', ...(name === 'out-exists' ? ['fail producer/existing-file'] : [])];
    t.deepEqual(against(await judge(`accepts/${name}`)), { [`producer/refuse/${name}`]: told });
  });
}

const REFUSED_BADLY: readonly (readonly [fault: string, cases: readonly string[], ...told: string[]])[] = [
  ['behaves/silent', refusals, 'fail', 'fail producer/refusal-reason'],
  [
    'behaves/file-after-refusal',
    refusals.filter((id) => !id.endsWith('out-no-folder')),
    'fail',
    'fail producer/no-file-left',
  ],
  ['behaves/object-after-refusal', refusals, 'fail', 'fail producer/token-objects'],
  [
    'behaves/refuses-with-77',
    refusals.filter((id) => !/kek-(1024|8192|not-rsa)$/.test(id)),
    'fail',
    'fail producer/refusal',
  ],
];

for (const [fault, cases, ...told] of REFUSED_BADLY) {
  test(`a tool that refuses, but ${fault}, is caught in ${cases.length} refusals by ${told.at(-1)}`, async (t) => {
    t.deepEqual(against(await judge(fault)), Object.fromEntries(cases.map((id) => [id, told])));
  });
}

import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { REFUSALS } from '../src/producer/refusals.js';
import { against, brokenTool, type Judging, ranCases } from './support/in-process.js';

const judge = (fault: string, run: readonly string[], more: Partial<Judging> = {}) =>
  ranCases({ adapter: brokenTool(fault), run, ...more });

const wrap = (target: string) => `producer/wrap/kek-2048/${target}`;
const WRAPS = ['rsa-2048', 'ec-p256', 'aes-256'].map(wrap);
const all = (ids: readonly string[], told: readonly string[]) => Object.fromEntries(ids.map((id) => [id, told]));

test('a right tool passes every case, and is not concerned by what it does not do', async (t) => {
  const ran = await judge('none', []);
  t.deepEqual(against(ran), {});
  t.is(ran.filter(({ outcome }) => outcome === 'pass').length, WRAPS.length + Object.keys(REFUSALS).length);
});

/** What is wrong with the blob: the kind of key that shows it, and which checks find it. The fault is named by its own id. */
const BLOBS: readonly (readonly [fault: string, target: string, outcome: 'fail' | 'warn', ...checks: string[]])[] = [
  ['oaep/sha-256', 'ec-p256', 'fail', 'fail blob/oaep/padding'],
  ['oaep/sha-1-mgf1-sha-256', 'ec-p256', 'fail', 'fail blob/oaep/padding'],
  ['oaep/label', 'ec-p256', 'fail', 'fail blob/oaep/padding'],
  ['oaep/pkcs1-v1.5', 'ec-p256', 'fail', 'fail blob/oaep/padding'],
  ['aes-size/128', 'ec-p256', 'warn', 'warn blob/aes-size/bits'],
  ['kwp/rfc3394-pkcs7', 'ec-p256', 'fail', 'fail blob/kwp/aiv'],
  ['halves/reversed', 'ec-p256', 'fail', 'fail blob/oaep/padding'],
  ['form/pkcs1', 'rsa-2048', 'fail', 'fail blob/encoding/form'],
  ['form/sec1', 'ec-p256', 'fail', 'fail blob/encoding/form'],
  ['pkcs8/indefinite-length', 'ec-p256', 'fail', 'fail blob/encoding/der'],
  ['pkcs8/zero-tail', 'ec-p256', 'warn', 'warn blob/encoding/trailing'],
  ['base64/padding', 'aes-256', 'warn', 'warn blob/envelope/base64-padding'],
  ['members/secure-key-release', 'ec-p256', 'fail', 'fail blob/envelope/schema-version'],
  ['members/unknown', 'ec-p256', 'warn', 'warn blob/envelope/unknown-members'],
];

for (const [fault, target, outcome, ...checks] of BLOBS) {
  test(`a tool whose blobs have ${fault} is caught by the check for it, and the fault is named`, async (t) => {
    const ran = await judge(fault, [wrap(target)]);
    t.deepEqual(against(ran), { [wrap(target)]: [outcome, ...checks] });
    const [verdict] = ran.map((each) => each.verdict);
    t.deepEqual(verdict?.kind === 'judged' && verdict.faults.map(({ id }) => id), [fault]);
  });
}

/** What is wrong with several blobs, or with what the tool does besides: in which cases of the matrix it shows, and how. */
const PRODUCTS: readonly (readonly [fault: string, cases: readonly string[], ...told: string[]])[] = [
  ['reused/aes-key', WRAPS, 'fail', 'fail producer/fresh-aes-key'],
  ['reused/oaep-seed', WRAPS, 'fail', 'fail producer/fresh-oaep-seed'],
  ['behaves/another-key', [wrap('ec-p256')], 'fail', 'fail blob/expect/public-key'],
  ['behaves/other-kid', WRAPS, 'fail', 'fail blob/expect/kid'],
  ['behaves/mode-0644', WRAPS, 'warn', 'warn producer/file-mode'],
  ['behaves/mode-0666', WRAPS, 'fail', 'fail producer/file-mode'],
  ['behaves/extra-file', WRAPS, 'fail', 'fail producer/extra-files'],
  ['behaves/left-in-folder', WRAPS, 'warn', 'warn producer/left-in-folder'],
  ['behaves/leaves-object', WRAPS, 'fail', 'fail producer/token-objects'],
  ['behaves/no-file', WRAPS, 'fail', 'fail producer/product'],
  ['behaves/refuses-all', WRAPS, 'fail', 'fail producer/made'],
  ['behaves/unsupported', WRAPS, 'fail', 'fail producer/made'],
  ['behaves/prints-key', [wrap('ec-p256')], 'fail', 'fail producer/no-key-in-output'],
  ['behaves/prints-aes-key', WRAPS, 'fail', 'fail producer/no-key-in-output'],
];

for (const [fault, cases, ...told] of PRODUCTS) {
  test(`a tool that ${fault} is caught in ${cases.length} fields by ${told.at(-1)}`, async (t) => {
    t.deepEqual(against(await judge(fault, cases)), all(cases, told));
  });
}

const CRASHES: readonly (readonly [fault: string, reason: RegExp])[] = [
  ['behaves/crashes', /^serve ended with SIGABRT during run/],
  ['behaves/exit-3', /^wrap ended with 3; its last words: pin=\(cut\) was wrong$/],
  ['command/behaves/exit-3', /^wrap ended with 3; its last words: pin=\(cut\) was wrong$/],
  ['command/behaves/crashes', /^wrap ended with SIGABRT/],
  ['serve/ends', /^serve ended with 0 during run$/],
  ['serve/no-json', /^a reply that is not as the contract has it: made it$/],
  ['serve/other-id', /^a reply to \d+ where one to \d+ was due$/],
  ['serve/long-line', /^a line of more than 1048576 bytes$/],
];

for (const [fault, reason] of CRASHES) {
  test(`a tool that ${fault} ends in a crash that says how, and the next case is run`, async (t) => {
    const ran = await judge(fault, WRAPS.slice(1));
    t.deepEqual(against(ran), all(WRAPS.slice(1), ['crash']));
    for (const each of ran) t.regex(each.reason ?? '', reason);
  });
}

for (const fault of ['behaves/hangs', 'command/behaves/hangs']) {
  test(`a tool that ${fault} is killed after --timeout`, async (t) => {
    const [ran] = await judge(fault, [wrap('ec-p256')], { timeoutSeconds: 2 });
    t.is(ran?.outcome, 'timeout');
    t.is(ran?.reason, 'no end within 2 s');
  });
}

test('a right tool that is started anew for each command passes too', async (t) => {
  const cases = [wrap('ec-p256'), 'producer/refuse/kek-1024', 'producer/refuse/out-exists'];
  const ran = await judge('command/none', cases);
  t.deepEqual(against(ran), {});
  t.is(ran.length, 3);
});

const UNUSABLE: readonly (readonly [fault: string, reason: RegExp])[] = [
  ['capabilities/no-json', /^capabilities printed no JSON$/],
  ['capabilities/contract-2', /^capabilities, contract: /],
  ['capabilities/unknown-member', /^capabilities, the whole: .*"speed"/],
  ['capabilities/oct', /^capabilities, oct: /],
];

for (const [fault, reason] of UNUSABLE) {
  test(`an adapter whose ${fault} is judged in nothing`, async (t) => {
    const error = await t.throwsAsync<KeyferryError>(judge(fault, WRAPS), { instanceOf: KeyferryError });
    t.is(error.code, 'ADAPTER_UNUSABLE');
    t.regex(error.reason, reason);
  });
}

test('an adapter that cannot be started is named as that', async (t) => {
  const error = await t.throwsAsync<KeyferryError>(ranCases({ adapter: '/nowhere/tool' }), {
    instanceOf: KeyferryError,
  });
  t.is(error.code, 'ADAPTER_UNUSABLE');
  t.regex(error.reason, /^the tool cannot be started: .*ENOENT/);
});

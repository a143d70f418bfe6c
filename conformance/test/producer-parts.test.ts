import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { privateFolder } from '../../test/support/folder.js';
import { ownKek } from '../src/node-engine.js';
import { commandAdapter } from '../src/producer/command-adapter.js';
import { cleanEnvironment, secretsIn, withoutSecrets } from '../src/producer/environment.js';
import { readFeatures } from '../src/producer/features.js';
import { spells } from '../src/producer/leaks.js';
import { makeMultiPrimeKey } from '../src/producer/multi-prime-key.js';
import { oddNumber } from '../src/producer/numbers.js';
import { openProducer } from '../src/producer/open-producer.js';
import { readTargets } from '../src/producer/targets.js';
import { splitWords } from '../src/producer/words.js';
import { against, brokenTool, ranCases } from './support/in-process.js';

test('--adapter is split into words without a shell', (t) => {
  t.deepEqual(splitWords('tool'), ['tool']);
  t.deepEqual(splitWords('  tool  a b\tc '), ['tool', 'a', 'b', 'c']);
  t.deepEqual(splitWords(`'my tool' "a b"c '' $HOME;ls`), ['my tool', 'a bc', '', '$HOME;ls']);
  t.deepEqual(splitWords('./tool ../x .hidden'), [resolve('./tool'), resolve('../x'), '.hidden']);
  for (const wrong of ['', '  ', `tool 'a`, `tool "`]) {
    t.is(t.throws<KeyferryError>(() => splitWords(wrong), { instanceOf: KeyferryError })?.code, 'USAGE', wrong);
  }
});

test('of the environment the tool gets what it needs, KEYFERRY_*, and the names that are given', (t) => {
  const all = { PATH: '/bin', HOME: '/h', AWS_SECRET: 's', KEYFERRY_X: '1', SOFTHSM2_CONF: 'c', LANG: 'C', MINE: 'm' };
  t.deepEqual(cleanEnvironment(['MINE', 'ABSENT'], all), {
    ...{ PATH: '/bin', HOME: '/h', KEYFERRY_X: '1', SOFTHSM2_CONF: 'c', LANG: 'C', MINE: 'm' },
  });
});

test('PINs of the environment, and of files that it names, are cut from what is kept', (t) => {
  const file = join(privateFolder(t), 'pin');
  writeFileSync(file, '48151623\n');
  const secrets = secretsIn({ KEYFERRY_PIN: 'abcd', KEYFERRY_X_PIN_FILE: file, PATH: '/bin' });
  t.deepEqual([...secrets].sort(), ['48151623', 'abcd']);
  const kept = withoutSecrets(
    'login with 48151623 and abcd; so-pin: 99 userpin=77 --password=x1 --pin-file f',
    secrets,
  );
  for (const secret of ['48151623', 'abcd', '99', '77', 'x1']) t.false(kept.includes(secret), kept);
});

test('a key is found in a text in hex and base64 of any alignment, and nowhere else', (t) => {
  const secret = randomBytes(32);
  const hex = secret.toString('hex');
  const within = (before: number) => Buffer.concat([randomBytes(before), secret, randomBytes(5)]);
  const spellings = [
    hex,
    hex.toUpperCase(),
    hex.replaceAll(/../g, '$& '),
    hex.replaceAll(/..(?=.)/g, '$&:'),
    ...[0, 1, 2, 3].flatMap((before) => [
      within(before).toString('base64'),
      within(before).toString('base64url'),
      within(before).toString('base64').replaceAll(/.{20}/g, '$&\n'),
    ]),
  ];
  for (const text of spellings) t.true(spells(`debug: ${text} end`, secret), text);
  t.false(spells(randomBytes(2000).toString('hex') + randomBytes(2000).toString('base64'), secret));
});

test('features are strict YAML', async (t) => {
  const folder = privateFolder(t);
  const read = (text: string) => {
    const path = join(folder, `${randomBytes(4).toString('hex')}.yaml`);
    writeFileSync(path, text);
    return readFeatures(path);
  };
  t.deepEqual(await read('kekSizes: [2048]\ntargets: [ec-p256]\nrepeat: 5\n'), {
    ...{ kekSizes: [2048], targets: ['ec-p256'], repeat: 5 },
  });
  t.deepEqual(await read(''), { repeat: 3 });
  for (const wrong of [
    'kekSizes: [1024]',
    'target: [ec-p256]',
    'repeat: 0',
    'targets: [ec-p256, ec-p256]',
    'a: [',
    '- 1',
  ]) {
    const error = await t.throwsAsync<KeyferryError>(read(wrong), { instanceOf: KeyferryError }, wrong);
    t.is(error.code, 'FEATURES_INVALID', wrong);
  }
});

test('a tool says how many commands it bears at once', async (t) => {
  const program = join(privateFolder(t), 'tool.sh');
  const lanesOf = async (more: object) => {
    const capabilities = {
      ...{ contract: '1', name: 'tool', version: '1', keyTypes: ['ec-p256'], kekSizes: [2048], mechanisms: [] },
      ...{ oct: false, kekAttributes: false, thumbprint: false, provision: true, objects: false },
    };
    writeFileSync(program, `#!/bin/sh\necho '${JSON.stringify({ ...capabilities, ...more })}'\n`, { mode: 0o700 });
    const none = { env: [], features: undefined, targets: undefined, openWitness: null };
    const subject = await openProducer({ ...none, adapter: program });
    await subject.close();
    return [subject.mostLanes, subject.facts.features.lanes];
  };
  t.deepEqual(await lanesOf({ lanes: 1 }), [1, '1']);
  t.deepEqual(await lanesOf({ lanes: 1000 }), [64, '1000']);
  t.deepEqual(await lanesOf({}), [64, undefined]);
  for (const lanes of [0, 1.5, '2']) {
    await t.throwsAsync(lanesOf({ lanes }), { code: 'ADAPTER_UNUSABLE' });
  }
});

test('targets are strict JSON, and an RSA or EC key has its public key', async (t) => {
  const folder = privateFolder(t);
  const read = (value: unknown) => {
    const path = join(folder, `${randomBytes(4).toString('hex')}.json`);
    writeFileSync(path, JSON.stringify(value));
    return readTargets(path);
  };
  const file = (target: object) => ({ schema: 'keyferry/adapter-targets/1', targets: [target] });
  await t.notThrowsAsync(read(file({ id: 'a', type: 'aes-256', kcv: 'dc95c0', extractable: true })));
  for (const wrong of [
    file({ id: 'a', type: 'ec-p256', extractable: true }),
    file({ id: '--out', type: 'aes-256', extractable: true }),
    file({ id: 'a', type: 'aes-512', extractable: true }),
    file({ id: 'a', type: 'aes-256' }),
    { targets: [] },
  ]) {
    const error = await t.throwsAsync<KeyferryError>(read(wrong), { instanceOf: KeyferryError });
    t.is(error.code, 'TARGETS_INVALID', JSON.stringify(wrong));
  }
});

test('features put the tool to less, and the rest is not applicable', async (t) => {
  const folder = privateFolder(t);
  const features = join(folder, 'features.yaml');
  writeFileSync(features, 'targets: [aes-256]\nrepeat: 1\n');
  const ran = await ranCases({ adapter: brokenTool('none'), run: ['producer/wrap/kek-2048/*'], features });
  t.deepEqual(against(ran), {});
  t.deepEqual(
    ran.filter(({ outcome }) => outcome === 'pass').map(({ case: { id } }) => id),
    ['producer/wrap/kek-2048/aes-256'],
  );
  const [verdict] = ran.filter(({ outcome }) => outcome === 'pass').map((each) => each.verdict);
  const findings = verdict?.kind === 'judged' ? verdict.findings : [];
  // One blob does not show whether the next is as random.
  t.is(findings.find(({ id }) => id === 'producer/fresh-aes-key')?.level, 'not-checked');
});

for (const bits of [2048, 3072, 4096]) {
  test(`a KEK of ${bits} bits has exactly this size, and opens what is encrypted for it`, async (t) => {
    const privateKey = await makeMultiPrimeKey(bits);
    t.like(privateKey.asymmetricKeyDetails, { modulusLength: bits, publicExponent: 65537n });
    const padding = constants.RSA_NO_PADDING;
    const plain = Buffer.alloc(bits / 8, 7);
    const encrypted = publicEncrypt({ key: createPublicKey(privateKey), padding }, plain);
    t.deepEqual(ownKek(privateKey).privateOperation(encrypted), plain);
    t.is((await makeMultiPrimeKey(bits)).equals(privateKey), false);
  });
}

test('moduli that are no key have exactly the size that was asked for', (t) => {
  for (const bits of [1024, 8192]) {
    const number = oddNumber(bits, 7);
    t.is(number.toString(2).length, bits);
    t.is(number % 2n, 1n);
    t.is(number, oddNumber(bits, 7));
    t.not(number, oddNumber(bits, 8));
  }
});

/** A child of the tool that holds its output open: as long as it lives, no run ends. */
for (const [when, script, limit] of [
  ['ends before its child', 'sleep 600 & exit 0', 60_000],
  ['is killed after its time', 'sleep 600 & wait', 300],
] as const) {
  test(`the children of a tool that ${when} are gone with it`, async (t) => {
    const place = { folder: privateFolder(t), environment: cleanEnvironment([]), secrets: [] };
    const run = commandAdapter({ ...place, command: ['sh', '-c', script] }).run(['wrap'], AbortSignal.timeout(limit));
    if (limit === 300) await t.throwsAsync(run, { any: true, name: 'TimeoutError' });
    else t.is((await run).exit, 0);
  });
}

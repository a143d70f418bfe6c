import { createPublicKey } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { privateFolder } from '../../test/support/folder.js';
import { practiceKey } from '../../test/support/practice-keys.js';
import { runCommand } from '../../test/support/programs.js';
import { against, ranCases } from './support/in-process.js';
import { ADAPTERS } from './support/producer-program.js';

test('plain openssl makes right blobs, and refuses what a tool can see that reads a PEM', async (t) => {
  const run = ['producer/wrap/kek-2048/aes-192', 'producer/wrap/kek-2048/ec-secp256k1', 'producer/refuse/*'];
  const ran = await ranCases({ adapter: `${ADAPTERS}openssl.sh`, run });
  t.deepEqual(against(ran), {});
  t.deepEqual(
    ran.filter(({ outcome }) => outcome === 'not-applicable').map(({ case: { id } }) => id.split('/').at(-1)),
    ['kek-wrong-ops', 'kek-expired', 'kek-not-yet-valid', 'kek-disabled', 'kek-pem-and-json-differ'],
  );
});

for (const script of ['openssl.sh', 'templates/adapter.sh']) {
  test(`${script} passes shellcheck`, async (t) => {
    const ran = await runCommand('shellcheck', [`${ADAPTERS}${script}`]);
    t.is(ran.code, 0, ran.stdout);
  });
}

/** A tool with a command line of its own, as the templates have it: openssl behind other names of options. */
const TOOL = `#!/bin/sh
[ "$1 $3 $5 $7" = '--kek --kek-id --key --output' ] || exit 64
exec "${ADAPTERS}openssl.sh" wrap --kek-pem "$2" --kid "$4" --target "$6" --out "$8"
`;

for (const template of ['adapter.sh', 'adapter.py']) {
  test(`the template ${template} drives a tool to keys that the vendor made`, async (t) => {
    const folder = privateFolder(t);
    const tool = join(folder, 'my-byok-tool');
    writeFileSync(tool, TOOL);
    chmodSync(tool, 0o700);
    const key = practiceKey('ec-p256');
    for (const [id, extractable] of [
      ['free', 'yes'],
      ['fixed', 'no'],
    ]) {
      writeFileSync(join(folder, `${id}.bytes`), key.export({ type: 'pkcs8', format: 'der' }));
      writeFileSync(join(folder, `${id}.kind`), `key ${extractable}\n`);
    }
    const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
    const targets = join(folder, 'targets.json');
    const entry = { type: 'ec-p256', publicKey };
    const list = [
      { id: 'free', ...entry, extractable: true },
      { id: 'fixed', ...entry, extractable: false },
    ];
    writeFileSync(targets, JSON.stringify({ schema: 'keyferry/adapter-targets/1', targets: list }));
    // The keys of the vendor outlive a run: the tool finds them elsewhere than in the folder of the run.
    const wrapper = join(folder, 'adapter');
    const command = template.endsWith('.py')
      ? `python3 ${ADAPTERS}templates/adapter.py`
      : `${ADAPTERS}templates/${template}`;
    writeFileSync(
      wrapper,
      `#!/bin/sh\nexport KEYFERRY_MYTOOL='${tool}' KEYFERRY_ADAPTER_STATE='${folder}'\nexec ${command} "$@"\n`,
      { mode: 0o700 },
    );
    const ran = await ranCases({
      adapter: wrapper,
      targets,
      run: ['producer/wrap/kek-2048/*', 'producer/refuse/target-*', 'producer/refuse/out-exists'],
    });
    const outcomes = Object.fromEntries(
      ran.filter(({ outcome }) => outcome !== 'not-applicable').map(({ case: { id }, outcome }) => [id, outcome]),
    );
    t.deepEqual(outcomes, {
      'producer/wrap/kek-2048/rsa-2048': 'skipped',
      'producer/wrap/kek-2048/ec-p256': 'pass',
      'producer/refuse/target-unextractable': 'pass',
      'producer/refuse/target-unknown': 'pass',
      'producer/refuse/out-exists': 'pass',
    });
  });
}

for (const template of ['adapter.sh', 'adapter.py']) {
  test(`with the template ${template} a tool that is not there is a crash, and no refusal`, async (t) => {
    const adapter = `${ADAPTERS}templates/${template}`;
    const words = ['wrap', '--kek-pem', 'kek.pem', '--kid', 'kid', '--target', 'a', '--out', 'a.byok'];
    const command = template.endsWith('.py') ? 'python3' : 'sh';
    const { code } = await runCommand(command, [adapter, ...words], { env: { KEYFERRY_MYTOOL: '/nowhere/tool' } });
    t.false([0, 1, 77].includes(code ?? 0), `exit ${code}`);
  });
}

test('what the adapter of keyferry-wrap does not understand is a crash, and no refusal', async (t) => {
  const { code, stderr } = await runCommand('sh', ['-c', `echo '{' | '${ADAPTERS}keyferry-wrap.mjs' serve`]);
  t.is(code, 70);
  t.regex(stderr, /^SyntaxError: /);
});

test('the template in PowerShell claims what the others claim', (t) => {
  const text = readFileSync(`${ADAPTERS}templates/adapter.ps1`, 'utf8');
  for (const member of [
    'contract',
    'keyTypes',
    'kekSizes',
    'mechanisms',
    'oct',
    'kekAttributes',
    'thumbprint',
    'provision',
    'objects',
  ]) {
    t.regex(text, new RegExp(`\\b${member} = `));
  }
});

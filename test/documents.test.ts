import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from './support/folder.js';
import { LONGEST_SCRIPT, runCommand } from './support/programs.js';
import { provisionToken } from './support/provision.js';
import { makeToken } from './support/softhsm.js';
import { startVaultProgram } from './support/vault.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The commands of a document: its sh blocks, in order, as one script. */
function commandsOf(document: string): string {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map((match) => match[1]).join('\n');
}

/** Runs the commands of a document in a folder of its own, as a reader would who types them one after another. */
async function follow(t: ExecutionContext, folder: string, script: string, env: Record<string, string>) {
  const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`;
  const result = await runCommand('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    env: { ...env, PATH: path },
    longest: LONGEST_SCRIPT,
  });
  t.is(result.code, 0, `${result.stdout}\n${result.stderr}`);
  return result;
}

test('README: the first commands are the two scripts', (t) => {
  t.deepEqual(
    commandsOf('README.md')
      .split('\n')
      .map((line) => line.replace(/\s*#.*/, ''))
      .filter(Boolean),
    ['./scripts/demo.sh', './scripts/test.sh'],
  );
});

test('operator guide: the whole ceremony runs as it is written', async (t) => {
  const token = await makeToken(t, { label: 'prod' });
  await provisionToken(token, [
    { key: 'ec-p256', label: 'payroll', id: Buffer.from('a1', 'hex') },
    { key: 'ec-p384', label: 'guarded', id: Buffer.from('a2', 'hex'), wrapWithTrusted: true },
  ]);
  const vault = await startVaultProgram(t);
  const folder = privateFolder(t);
  mkdirSync(join(folder, 'stick'));
  writeFileSync(join(folder, 'pin.txt'), token.pin, { mode: 0o600 });
  writeFileSync(join(folder, 'so-pin.txt'), token.soPin, { mode: 0o600 });
  const member = (file: string, path: string) => `"$(node -p 'JSON.parse(fs.readFileSync("${file}")).${path}')"`;
  const targetThumbprint = `"$(keyferry-wrap inspect stick/payroll.byok --json >/dev/null; node -p 'const {x, y} = JSON.parse(fs.readFileSync("stick/payroll.manifest.json")).target.publicKey; crypto.createHash("sha256").update(JSON.stringify({crv: "P-256", kty: "EC", x, y})).digest("hex")')"`;
  const kekId = `"$(node -p 'Buffer.from(JSON.parse(fs.readFileSync("payroll-kek.kek.json")).thumbprint.split(":").at(-1), "base64url").toString("hex")')"`;
  const script = commandsOf('docs/operator-guide.md')
    .replaceAll('THUMBPRINT-OF-THE-KEK', member('payroll-kek.kek.json', 'thumbprint'))
    .replace('THUMBPRINT-OF-THE-SECOND-KEK', member('stick/many-kek.kek.json', 'thumbprint'))
    .replace('ID-OF-THE-KEK', kekId)
    .replace('THUMBPRINT-OF-THE-TARGET', targetThumbprint);
  await follow(t, folder, script, { ...vault.env, ...token.env });
  t.true(existsSync(join(folder, 'stick/payroll.receipt.json')));
});

test('vendor guide: a blob made with openssl alone is judged right, and so is openssl as a tool', async (t) => {
  const token = await makeToken(t, { label: 'vendor' });
  const folder = privateFolder(t);
  symlinkSync(join(root, 'conformance'), join(folder, 'conformance'));
  const { stdout } = await follow(t, folder, commandsOf('docs/vendor-guide.md'), {
    ...token.env,
    ADAPTER: join(root, 'conformance/adapters/keyferry-wrap.mjs'),
    MODULE: token.module,
    KEYFERRY_WRAP_MODULE: token.module,
    KEYFERRY_WRAP_TOKEN: token.label,
    KEYFERRY_WRAP_PIN_FILE: token.pinFile,
  });
  t.regex(stdout, /^keyferry-wrap \S+: conforms \(1 pass; /m);
  t.regex(stdout, /blob\/kwp\//);
  t.regex(stdout, /^openssl .*: conforms \(/m);
  t.regex(stdout, /^diagnosis {4}oaep\/sha-256: /m);
});

test('the suite: a run, known failures, shards and their reports go as they are written', async (t) => {
  const folder = privateFolder(t);
  copyFileSync(join(root, 'conformance/adapters/openssl.sh'), join(folder, 'adapter.sh'));
  const { stdout } = await follow(t, folder, commandsOf('docs/suite.md'), {});
  const verdicts = [...stdout.matchAll(/^openssl [\w.]+: (.*) \((.*); \d+ of/gm)].map(([, verdict, counts]) => [
    verdict,
    counts,
  ]);
  t.deepEqual(verdicts.slice(0, 3), [
    ['conforms', '4 pass'],
    ['does not conform', '1 fail'],
    ['nothing was judged', '1 xfail'],
  ]);
  t.is(verdicts.at(-1)?.[0], 'conforms');
  t.is(verdicts.length, 6);
  for (const name of ['reports', 'shard-1', 'shard-2', 'whole']) t.is(readdirSync(join(folder, name)).length, 5);
});

test('CI guide: the emulator comes up, serves and goes down', async (t) => {
  const folder = privateFolder(t);
  await follow(t, folder, commandsOf('docs/ci.md'), {});
  t.true(existsSync(join(folder, 'ci-kek.kek.json')));
});

test('importers: an endpoint is judged and left as it was, as the document says', async (t) => {
  const folder = privateFolder(t);
  await follow(t, folder, commandsOf('docs/importers.md'), {});
  const { cases } = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'));
  t.true(cases.length > 10 && cases.every(({ outcome }: { outcome: string }) => outcome === 'pass'));
});

test('modules: SoftHSM2 is judged as the document says', async (t) => {
  const { stdout } = await follow(t, privateFolder(t), commandsOf('docs/modules.md'), {});
  const verdicts = [...stdout.matchAll(/^SoftHSM Implementation of PKCS11 .*: (does not conform|conforms) \(/gm)];
  t.deepEqual(
    verdicts.map(([, verdict]) => verdict),
    ['does not conform', 'conforms'],
  );
  t.regex(stdout, /AES has keys of 16, 24 and 32 bytes/);
});

test('the emulator comes up as its document says, and is reset', async (t) => {
  const folder = privateFolder(t);
  await follow(t, folder, commandsOf('docs/emulator.md'), {});
  t.deepEqual(readdirSync(join(folder, 'vault-data')), []);
});

test('the emulator is started from a test suite as its document shows', async (t) => {
  const folder = privateFolder(t);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const text = readFileSync(join(root, 'docs/emulator.md'), 'utf8');
  const code = [...text.matchAll(/^```js\n(.*?)^```$/gms)].map((match) => match[1]).join('\n');
  t.true(code.includes('startVault'));
  const shown = `${code}\nconsole.log('done');`;
  const result = await runCommand(process.execPath, ['--input-type=module', '-e', shown], { cwd: folder });
  t.is(result.stdout, 'done\n', result.stderr);
});

test('every document shows its commands in blocks that a test runs', (t) => {
  const followed = [
    'README.md',
    'docs/operator-guide.md',
    'docs/vendor-guide.md',
    'docs/suite.md',
    'docs/ci.md',
    'docs/emulator.md',
    'docs/importers.md',
    'docs/modules.md',
  ];
  const documents = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
  t.true(documents.length > 5);
  for (const document of documents.filter((name) => !followed.includes(name))) {
    t.is(commandsOf(document), '', `${document} has commands that no test runs`);
  }
});

test('links between the documents lead somewhere', (t) => {
  for (const document of [
    'README.md',
    'ARCHITECTURE.md',
    ...readdirSync(join(root, 'docs'))
      .filter((n) => n.endsWith('.md'))
      .map((n) => `docs/${n}`),
  ]) {
    const text = readFileSync(join(root, document), 'utf8');
    for (const [, target] of text.matchAll(/\]\(([^)#:]+)\)/g)) {
      t.true(existsSync(join(root, dirname(document), target ?? '')), `${document} -> ${target}`);
    }
  }
});

test('every test that the assurance case names exists', (t) => {
  const lines = readFileSync(join(root, 'docs/assurance-case.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('- '));
  t.true(lines.length > 20);
  for (const line of lines) {
    const [, file] = /`([^`]+\.test\.ts)`/.exec(line) ?? [];
    const titles = [...line.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? '');
    if (file === undefined || titles.length === 0) return t.fail(line);
    const text = readFileSync(join(root, file), 'utf8');
    for (const title of titles) t.true(text.includes(title), `${file}: ${title}`);
  }
});

test('what is generated in docs/ follows from the code', async (t) => {
  const result = await runCommand('node', ['--import=tsx', 'scripts/generate-docs.ts', '--check'], { cwd: root });
  t.is(result.code, 0, result.stderr);
});

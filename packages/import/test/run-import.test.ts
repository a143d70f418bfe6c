import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readReceipt, writeManifest } from '@keyferry/blob';
import { type ErrorCode, KeyferryError } from '@keyferry/errors';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { type PracticeKeyName, practiceKey } from '../../../test/support/practice-keys.js';
import { importFiles } from '../src/import-files.js';
import { planImport } from '../src/import-plan.js';
import { verdictOf } from '../src/import-result.js';
import { type ImportEnd, type ImportOptions, runImport } from '../src/run-import.js';
import { type FakeVault, fakeVault } from './support/fake-vault.js';
import { KEK, makeTransfer, type Transfer } from './support/transfer.js';

const VAULT = 'https://v.vault.azure.net';
const POOL = 'https://p.managedhsm.azure.net';
const none: ImportOptions = { newVersion: false, disabled: false, practice: false, force: false };
const lost = new KeyferryError('SERVICE_NO_ANSWER', { reason: 'reset' });
const busy = new KeyferryError('SERVICE_FAILED', { reason: 'HTTP 503' });
const refused = new KeyferryError('SERVICE_FORBIDDEN', { reason: 'HTTP 403' });

interface Scene {
  readonly vault: FakeVault;
  readonly transfer: Transfer;
  readonly receipt: string;
  readonly journal: string;
  /** Runs the import, as often as wanted. */
  run(options?: Partial<ImportOptions>, signal?: AbortSignal): Promise<ImportEnd>;
  fails(t: ExecutionContext, code: ErrorCode, options?: Partial<ImportOptions>): Promise<KeyferryError>;
  acts(): string[];
}

function scene(t: ExecutionContext, target: PracticeKeyName, url = VAULT, more: { emulator?: boolean } = {}): Scene {
  const vault = fakeVault(url, practiceKey(target), more);
  const version = vault.put('kek', practiceKey(KEK), { keyOps: ['import'] });
  const transfer = makeTransfer(`${url}/keys/kek/${version}`, target);
  const file = join(privateFolder(t), 'target.byok');
  const files = importFiles({ file, manifest: undefined, withoutManifest: false, receipt: undefined });
  const plan = planImport(
    {
      file: 'target.byok',
      blob: transfer.blob,
      manifest: writeManifest(transfer.manifest),
      publicKey: null,
      signedBy: [],
    },
    {
      vaultUrl: url,
      name: 'target',
      type: null,
      crv: null,
      confirmTarget: null,
      ops: undefined,
      tags: {},
      expiresOn: null,
      notBefore: null,
      exportable: false,
      release: null,
    },
  );
  const run: Scene['run'] = (options = {}, signal = new AbortController().signal) =>
    runImport({
      vault,
      plan,
      files,
      options: { ...none, ...options },
      pauses: [],
      patience: 60_000,
      say: () => {},
      signal,
    });
  return {
    vault,
    transfer,
    receipt: files.receipt,
    journal: files.journal,
    run,
    async fails(t, code, options) {
      const error = await t.throwsAsync(run(options), { instanceOf: KeyferryError });
      t.is(error.code, code, error.message);
      return error;
    },
    acts: () =>
      readFileSync(files.journal, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).act),
  };
}

for (const target of ['rsa-2048', 'ec-p256', 'ec-secp256k1'] as const) {
  test(`${target} is sent once, compared, enabled, and receipted`, async (t) => {
    const { vault, run, receipt, acts } = scene(t, target);
    const end = await run();
    t.is(vault.calls.importKey, 1);
    t.deepEqual(
      vault.stateOf('target').map(({ enabled }) => enabled),
      [true],
    );
    t.deepEqual(readReceipt(readFileSync(receipt)), end.receipt);
    t.like(end.receipt, { mode: 'practice', emulator: true, confirmedBy: 'unsigned-manifest' });
    t.deepEqual(end.receipt.verified, ['public-key']);
    t.is(verdictOf(end.receipt), 'the key in the vault matches an UNSIGNED manifest');
    t.deepEqual(acts(), ['sending', 'arrived', 'done']);
  });
}

test('after a 429 with Retry-After the blob is sent again; without it, or with a long one, the import ends', async (t) => {
  const { vault, run, fails, acts } = scene(t, 'ec-p256');
  const throttled = (retryAfter: number | null) =>
    new KeyferryError('SERVICE_BUSY', { reason: 'HTTP 429', values: { retryAfter } });
  for (const retryAfter of [null, 61]) {
    vault.failing.set('importKey', throttled(retryAfter));
    await fails(t, 'SERVICE_BUSY');
  }
  t.is(vault.calls.importKey, 2);
  vault.failing.clear();
  const busyTimes = [throttled(0), throttled(0)];
  vault.importMishap = (work) => {
    const error = busyTimes.pop();
    if (error !== undefined) throw error;
    return work();
  };
  await run();
  t.is(vault.calls.importKey, 5);
  t.is(vault.stateOf('target').length, 1);
  t.deepEqual(acts().slice(4), ['sending', 'refused', 'sending', 'refused', 'sending', 'arrived', 'done']);
});

test('a vault that says "again at once" for ever is not asked for ever', async (t) => {
  const { vault, fails } = scene(t, 'ec-p256');
  vault.failing.set('importKey', new KeyferryError('SERVICE_BUSY', { reason: 'HTTP 429', values: { retryAfter: 0 } }));
  await fails(t, 'SERVICE_BUSY');
  t.is(vault.calls.importKey, 10);
});

test('an AES key is compared by its check value, and never called proven', async (t) => {
  const { run } = scene(t, 'aes-256', POOL);
  const { receipt } = await run();
  t.deepEqual(receipt.verified, ['kcv']);
  t.true(receipt.notChecked.includes('imported-key'));
});

for (const [target, url, verified, calls] of [
  ['ec-p256', VAULT, ['public-key'], undefined],
  ['aes-256', POOL, ['kcv'], 2],
] as const) {
  test(`${target} is compared and left disabled when that is wanted`, async (t) => {
    const { vault, run } = scene(t, target, url);
    const { receipt } = await run({ disabled: true });
    t.like(receipt, { verified, enabledAt: null });
    t.is(vault.stateOf('target')[0]?.enabled, false);
    t.is(vault.calls.setEnabled, calls);
  });
}

test('a key that comes enabled although it was sent disabled is disabled when that is wanted', async (t) => {
  const { vault, run } = scene(t, 'ec-p256');
  vault.importMishap = (work) => {
    const key = work();
    return { ...key, attributes: { ...key.attributes, enabled: true } };
  };
  t.is((await run({ disabled: true })).receipt.enabledAt, null);
  t.is(vault.calls.setEnabled, 1);
  t.is(vault.stateOf('target')[0]?.enabled, false);
});

test('another key in the answer is left disabled', async (t) => {
  const { vault, fails, receipt, acts } = scene(t, 'ec-p256');
  vault.imported = practiceKey('ec-secp256k1');
  await fails(t, 'IMPORTED_KEY_MISMATCH');
  t.deepEqual(
    vault.stateOf('target').map(({ enabled }) => enabled),
    [false],
  );
  t.is(vault.calls.setEnabled, undefined);
  t.false(existsSync(receipt));
  t.deepEqual(acts(), ['sending', 'arrived', 'different']);
});

test('an AES key with another check value is disabled again', async (t) => {
  const { vault, fails } = scene(t, 'aes-256', POOL);
  vault.imported = practiceKey('aes-192');
  vault.encryptZeroBlock = async () => Buffer.alloc(16);
  await fails(t, 'IMPORTED_KEY_MISMATCH');
  t.is(vault.stateOf('target')[0]?.enabled, false);
});

test('an AES key whose check value cannot be had is disabled again, and a later run goes on with it', async (t) => {
  const { vault, fails, run, acts } = scene(t, 'aes-256', POOL);
  vault.failing.set('encryptZeroBlock', refused);
  await fails(t, 'SERVICE_FORBIDDEN');
  t.is(vault.stateOf('target')[0]?.enabled, false);
  vault.failing.clear();
  t.true((await run()).resumed);
  t.is(vault.stateOf('target')[0]?.enabled, true);
  t.is(vault.calls.importKey, 1);
  t.deepEqual(acts(), ['sending', 'arrived', 'done']);
});

for (const [words, code, answer] of [
  ['has another check value', 'IMPORTED_KEY_MISMATCH', () => Promise.resolve(Buffer.alloc(16))],
  ['cannot be compared', 'SERVICE_FAILED', () => Promise.reject(busy)],
] as const) {
  test(`an AES key that ${words} and then cannot be disabled is told of, with what to do`, async (t) => {
    const { vault, fails } = scene(t, 'aes-256', POOL);
    const { setEnabled } = vault;
    vault.encryptZeroBlock = answer;
    vault.setEnabled = (name, version, enabled) =>
      enabled ? setEnabled(name, version, enabled) : Promise.reject(refused);
    const { reason } = await fails(t, code);
    t.regex(reason, /keys\/target\/.* IT COULD NOT BE DISABLED \(HTTP 403\): disable it at once/);
    t.is(vault.stateOf('target')[0]?.enabled, true);
  });
}

for (const [words, error] of [
  ['a connection that broke', lost],
  ['a 503', busy],
] as const) {
  test(`${words} after the work was done: the key is found, compared and enabled, and nothing is sent again`, async (t) => {
    const { vault, run, acts } = scene(t, 'ec-p256');
    vault.importMishap = (work) => {
      work();
      throw error;
    };
    const { receipt, resumed } = await run();
    t.false(resumed);
    t.deepEqual(receipt.verified, ['public-key']);
    t.is(vault.calls.importKey, 1);
    t.deepEqual(acts(), ['sending', 'arrived', 'done']);
  });
}

test('a lost answer among older versions: only the new one can be ours', async (t) => {
  const { vault, run } = scene(t, 'ec-p256');
  vault.put('target', practiceKey('ec-p256'));
  vault.importMishap = (work) => {
    work();
    throw lost;
  };
  const { receipt } = await run({ newVersion: true });
  t.is(receipt.key.version, vault.stateOf('target')[1]?.version ?? '');
});

test('a lost answer and a new version that is another key: exit 4, nothing enabled', async (t) => {
  const { vault, fails, acts } = scene(t, 'ec-p256');
  vault.imported = practiceKey('ec-p384');
  vault.importMishap = (work) => {
    work();
    throw lost;
  };
  await fails(t, 'IMPORTED_KEY_MISMATCH');
  t.is(vault.stateOf('target')[0]?.enabled, false);
  t.deepEqual(acts(), ['sending', 'different']);
});

test('a lost answer and an AES key: unknown, for nothing could be compared', async (t) => {
  const { vault, fails } = scene(t, 'aes-256', POOL);
  vault.importMishap = (work) => {
    work();
    throw lost;
  };
  await fails(t, 'OUTCOME_UNKNOWN');
  t.is(vault.stateOf('target')[0]?.enabled, false);
});

test('a lost answer and two new versions: unknown', async (t) => {
  const { vault, fails } = scene(t, 'ec-p256');
  vault.importMishap = (work) => {
    work();
    work();
    throw lost;
  };
  const error = await fails(t, 'OUTCOME_UNKNOWN');
  t.regex(error.reason, /2 new versions/);
});

test('a lost answer and no new version: unknown; later runs look and never send, until the journal is gone', async (t) => {
  const { vault, fails, run, journal, acts } = scene(t, 'ec-p256');
  vault.importMishap = () => {
    throw lost;
  };
  const error = await fails(t, 'OUTCOME_UNKNOWN');
  t.true(error.hint.includes(journal));
  await fails(t, 'OUTCOME_UNKNOWN', { newVersion: true, force: true });
  t.is(vault.calls.importKey, 1);
  t.deepEqual(acts(), ['sending']);
  vault.put('target', practiceKey('ec-p256'), {
    keyOps: ['sign'],
    attributes: { enabled: false, exp: null, nbf: null, hsmPlatform: null },
  });
  const { resumed, receipt } = await run();
  t.true(resumed);
  t.deepEqual(receipt.verified, ['public-key']);
  t.is(vault.calls.importKey, 1);
  t.deepEqual(acts(), ['sending', 'arrived', 'done']);
});

test('a lost answer and a vault that then cannot be asked: unknown', async (t) => {
  const { vault, fails } = scene(t, 'ec-p256');
  vault.importMishap = () => {
    vault.failing.set('versions', busy);
    throw lost;
  };
  await fails(t, 'OUTCOME_UNKNOWN');
});

test('what the service refuses is not open: the same command sends again', async (t) => {
  const { vault, fails, run, acts } = scene(t, 'ec-p256');
  vault.importMishap = () => {
    throw refused;
  };
  await fails(t, 'SERVICE_FORBIDDEN');
  t.deepEqual(acts(), ['sending', 'refused']);
  vault.importMishap = (work) => work();
  t.false((await run()).resumed);
  t.is(vault.calls.importKey, 2);
});

test('a key that could not be enabled is enabled by the next run, without a second import', async (t) => {
  const { vault, fails, run } = scene(t, 'rsa-2048');
  vault.failing.set('setEnabled', refused);
  await fails(t, 'SERVICE_FORBIDDEN');
  t.is(vault.stateOf('target')[0]?.enabled, false);
  vault.failing.clear();
  t.true((await run()).resumed);
  t.is(vault.stateOf('target')[0]?.enabled, true);
  t.is(vault.calls.importKey, 1);
});

test('an import that was interrupted while it was sent is resumed, also when the KEK was retired since', async (t) => {
  const { vault, run, transfer } = scene(t, 'ec-p256');
  const interruption = new AbortController();
  vault.importMishap = (work) => {
    work();
    const reason = new KeyferryError('INTERRUPTED', { reason: 'by SIGINT' });
    interruption.abort(reason);
    throw reason;
  };
  await t.throwsAsync(run({}, interruption.signal), { instanceOf: KeyferryError, message: /interrupted/ });
  t.is(vault.calls.versions, 1, 'it does not go on asking');
  await vault.setEnabled('kek', transfer.kid.version, false);
  t.true((await run()).resumed);
  t.is(vault.calls.importKey, 1);
});

test('an existing name is refused unless a new version is asked for, and no file is left', async (t) => {
  const { vault, fails, run, journal } = scene(t, 'ec-p256');
  vault.put('target', practiceKey('ec-p256'));
  await fails(t, 'KEY_EXISTS');
  t.false(existsSync(journal));
  t.is(vault.calls.importKey, undefined);
  await run({ newVersion: true });
  t.is(vault.stateOf('target').length, 2);
});

const badKeks: Readonly<Record<string, readonly [ErrorCode, object]>> = {
  'may decrypt too': ['KEK_OPS_NOT_IMPORT_ONLY', { keyOps: ['import', 'decrypt'] }],
  'may do anything': ['KEK_OPS_NOT_IMPORT_ONLY', { keyOps: [] }],
  'is kept in software': ['KEK_NOT_IN_HSM', { kty: 'RSA' }],
  'is disabled': ['KEK_DISABLED', { attributes: { enabled: false, exp: null, nbf: null, hsmPlatform: null } }],
  'has expired': ['KEK_EXPIRED', { attributes: { enabled: true, exp: 1_000_000_000, nbf: null, hsmPlatform: null } }],
  'is not valid yet': [
    'KEK_NOT_YET_VALID',
    { attributes: { enabled: true, exp: null, nbf: 4_000_000_000, hsmPlatform: null } },
  ],
};
for (const [words, [code, more]] of Object.entries(badKeks)) {
  test(`nothing is sent under a KEK that ${words} (${code})`, async (t) => {
    const { vault, fails, journal } = scene(t, 'ec-p256');
    const { key } = vault;
    vault.key = async (name, version) => ({ ...(await key(name, version)), ...more });
    await fails(t, code);
    t.is(vault.calls.importKey, undefined);
    t.false(existsSync(journal));
  });
}

test('nothing is sent when the vault has another KEK under that kid', async (t) => {
  const { vault, fails } = scene(t, 'ec-p256');
  const { key } = vault;
  const other = await key('kek', vault.put('kek', practiceKey('kek-3072'), { keyOps: ['import'] }));
  vault.key = async (name, version) => ({ ...(await key(name, version)), publicKey: other.publicKey });
  await fails(t, 'THUMBPRINT_MISMATCH');
  t.is(vault.calls.importKey, undefined);
});

test('a practice manifest goes to a real vault only with --practice', async (t) => {
  const { vault, fails, run } = scene(t, 'ec-p256', VAULT, { emulator: false });
  await fails(t, 'MODE_MISMATCH');
  t.is(vault.calls.importKey, undefined);
  t.like((await run({ practice: true })).receipt, { mode: 'practice', emulator: false });
});

test('a journal of another blob that is open stands in the way', async (t) => {
  const { vault, fails, journal } = scene(t, 'ec-p256');
  const at = '2026-11-23T22:00:00Z';
  const line = { act: 'sending', at, vault: VAULT, name: 'target', blobSha256: '00'.repeat(32), versions: [] };
  writeFileSync(journal, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  await fails(t, 'OUTCOME_UNKNOWN');
  t.is(vault.calls.importKey, undefined);
});

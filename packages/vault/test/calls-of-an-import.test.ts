import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { OVERLAY_MODULE } from '../../../test/support/overlay.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { SOFTHSM_MODULE } from '../../../test/support/softhsm.js';
import { blobFor, keyHsm, plaintextOf, wrapFor } from './support/transfer.js';
import { openTestVault, type TestVault } from './support/vault.js';

// What the emulator asks of its HSM, as a module between the two has written it down.

const VAULT = 'https://traced.vault.azure.net';
const POOL = 'https://traced.managedhsm.azure.net';

let opened: TestVault;
let trace: string;

test.before(async () => {
  if (!existsSync(OVERLAY_MODULE)) throw new Error(`no ${OVERLAY_MODULE}: run scripts/setup.sh`);
  const folder = privateFolder(wholeFile);
  trace = join(folder, 'trace');
  const behaviour = join(folder, 'behaviour');
  writeFileSync(behaviour, `module=${SOFTHSM_MODULE}\ntrace=${trace}\n`);
  process.env.KEYFERRY_OVERLAY = behaviour;
  opened = await openTestVault(wholeFile, { softhsm: OVERLAY_MODULE });
});

test.after.always(() => opened.vault.close());

interface Call {
  readonly name: string;
  /** What stands after the name: session=1 mechanism=0x9 and so on. */
  readonly values: Readonly<Record<string, string>>;
  readonly line: string;
}

function callsSoFar(): Call[] {
  const lines = readFileSync(trace, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const [name = '', ...words] = line.split(' ');
    return { name, line, values: Object.fromEntries(words.map((word) => word.split(/=(.*)/s).slice(0, 2))) };
  });
}

/** The calls that one import makes. */
async function importing(url: string, key: Record<string, unknown>, plaintext: Buffer, spoil = (_: Buffer) => {}) {
  const { client } = opened;
  const kek = (await client.call('POST', `${url}/keys/kek/create`, { kty: 'RSA-HSM', key_ops: ['import'] })).body.key;
  const ciphertext = wrapFor(kek, plaintext);
  spoil(ciphertext);
  const earlier = callsSoFar();
  const { status } = await client.call('PUT', `${url}/keys/target`, {
    key: { ...key, key_hsm: keyHsm(blobFor(kek.kid, ciphertext)) },
  });
  const calls = callsSoFar().slice(earlier.length);
  // The throwaway key of a session is made by its first import.
  const throwaways = [...earlier, ...calls].filter(
    ({ name, values }) => name === 'C_GenerateKey' && values.session === calls[0]?.values.session,
  );
  return { status, calls: calls.filter((call) => !throwaways.includes(call)), throwaways };
}

const OPENING = ['C_UnwrapKey', 'C_WrapKey', 'C_EncryptInit', 'C_Encrypt'];
const RECOVERY = ['C_DeriveKey', 'C_GetAttributeValue', 'C_DestroyObject'];
const CLOSING = ['C_CopyObject', 'C_DestroyObject', 'C_DestroyObject'];

/** CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_EC_PARAMS: what is public in a private key. */
const PUBLIC_PARTS: readonly (string | undefined)[] = ['0x120', '0x122', '0x180'];
const VALUE = '0x11';

for (const [what, url, key, plaintext, proof] of [
  [
    'RSA',
    VAULT,
    { kty: 'RSA-HSM', key_ops: ['sign'] },
    plaintextOf(practiceKey('rsa-2048')),
    ['C_GetAttributeValue', 'C_SignInit', 'C_Sign'],
  ],
  [
    'EC',
    VAULT,
    { kty: 'EC-HSM', crv: 'P-256', key_ops: ['sign'] },
    plaintextOf(practiceKey('ec-p256')),
    ['C_GetAttributeValue', ...RECOVERY, 'C_SignInit', 'C_Sign'],
  ],
  [
    'AES',
    POOL,
    { kty: 'oct-HSM', key_ops: ['encrypt'] },
    plaintextOf(practiceKey('aes-256')),
    ['C_EncryptInit', 'C_Encrypt'],
  ],
] as const) {
  test.serial(`an ${what} key is unwrapped, proven and kept by these calls, and no others`, async (t) => {
    const { status, calls, throwaways } = await importing(url, key, plaintext);
    t.is(status, 200);
    // pkcs11js reads an attribute by two calls: first its length, then its value.
    const names = calls.flatMap(({ name, line }, at) => (line === calls[at - 1]?.line ? [] : [name]));
    t.deepEqual(names, [...OPENING, 'C_UnwrapKey', ...proof, ...CLOSING]);
    t.deepEqual(
      calls.filter(({ line }) => !line.endsWith(' -> 0x0')),
      [],
    );

    const unwraps = calls.filter(({ name }) => name === 'C_UnwrapKey');
    const [aes, target] = unwraps.map(({ values }) => values);
    t.like(aes, { mechanism: '0x9', hash: '0x220', mgf: '0x1', labelLength: '0' });
    t.like(target, { mechanism: '0x210a', unwrappingKey: aes?.key });
    // Session objects, private and sensitive; the target can never be taken out.
    for (const template of [aes?.template, target?.template])
      t.regex(template ?? '', /^0x1=false,0x2=true,0x103=true,/);
    t.regex(target?.template ?? '', /,0x162=false,/);

    t.is(throwaways.length, 1);
    const throwaway = throwaways[0]?.values;
    // A session object that wraps, and can neither be taken out nor unwrap, decrypt or anything else.
    t.deepEqual(
      throwaway?.template?.split(',').sort(),
      `0x1=false,0x2=true,0x103=true,0x162=false,0x0=4,0x100=31,0x161=32,0x106=true,${['0x108', '0x10a', '0x104', '0x105', '0x107', '0x10c'].map((use) => `${use}=false`)}`
        .split(',')
        .sort(),
    );
    const [wrap, ...more] = calls.filter(({ name }) => name === 'C_WrapKey').map(({ values }) => values);
    t.like(wrap, { mechanism: '0x210a', wrappingKey: throwaway?.key, key: aes?.key, length: '40' });
    t.deepEqual(more, []);

    const copy = calls.find(({ name }) => name === 'C_CopyObject')?.values;
    t.is(copy?.object, target?.key);
    t.regex(copy?.template ?? '', /,0x1=true,/);
  });

  test.serial(`no bytes of an ${what} key or of the AES key over it are read`, async (t) => {
    const { calls } = await importing(url, key, plaintext);
    const derived = calls.filter(({ name }) => name === 'C_DeriveKey').map(({ values }) => values.key);
    for (const { name, values, line } of calls) {
      if (name !== 'C_GetAttributeValue') continue;
      if (values.template === VALUE) t.true(derived.includes(values.object), line);
      else for (const part of values.template?.split(',') ?? []) t.true(PUBLIC_PARTS.includes(part), line);
    }
    const destroyed = calls.flatMap(({ name, values }) => (name === 'C_DestroyObject' ? [values.object] : []));
    const ephemeral = new Set(
      calls.flatMap(({ name, values }) => (/Unwrap|Generate|Derive/.test(name) ? [values.key] : [])),
    );
    t.true(ephemeral.size >= 2);
    t.deepEqual(destroyed.sort(), [...ephemeral].sort());
  });

  test.serial(
    `what stays in the session after an import of an ${what} key only ever wrapped its AES key`,
    async (t) => {
      const { calls, throwaways } = await importing(url, key, plaintext);
      const throwaway = throwaways[0]?.values.key ?? '';
      const uses = calls.filter(({ values: { template: _, ...values } }) => Object.values(values).includes(throwaway));
      t.deepEqual(
        uses.map(({ name, values }) => [name, values.wrappingKey]),
        [['C_WrapKey', throwaway]],
      );
    },
  );
}

test.serial(
  'after a transfer that does not open the session is closed, with all that SoftHSM may have left in it',
  async (t) => {
    const spoil = (ciphertext: Buffer) =>
      void ciphertext.writeUInt8((ciphertext.at(-1) ?? 0) ^ 1, ciphertext.length - 1);
    const key = { kty: 'EC-HSM', crv: 'P-256' };
    const { status, calls } = await importing(VAULT, key, plaintextOf(practiceKey('ec-p256')), spoil);
    t.is(status, 400);
    t.is(calls.at(-1)?.name, 'C_CloseSession');
    t.is(calls.at(-1)?.values.session, calls[0]?.values.session);
    t.false(calls.some(({ name }) => name === 'C_CopyObject'));
  },
);

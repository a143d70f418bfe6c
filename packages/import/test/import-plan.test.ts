import { type Manifest, publicJwkOf, thumbprintHex, thumbprintOf, writeManifest } from '@keyferry/blob';
import { type ErrorCode, KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { checkKekOfPlan } from '../src/import-kek.js';
import { type ImportChoices, type ImportSources, planImport } from '../src/import-plan.js';
import { kekOfService } from '../src/kek.js';
import { makeTransfer, practiceKek, spoilt, type Transfer } from './support/transfer.js';

const VAULT = 'https://v.vault.azure.net';
const POOL = 'https://p.managedhsm.azure.net';
const version = '0123456789abcdef0123456789abcdef';
const ec = makeTransfer(`${VAULT}/keys/kek/${version}`, 'ec-p256');
const rsa = makeTransfer(`${VAULT}/keys/kek/${version}`, 'rsa-2048');
const aes = makeTransfer(`${POOL}/keys/kek/${version}`, 'aes-256');
const other = publicJwkOf(practiceKey('rsa-3072'));

const sources = ({ blob, manifest }: Transfer, more: Partial<ImportSources> = {}): ImportSources => ({
  file: 'target.byok',
  blob,
  manifest: writeManifest(manifest),
  publicKey: null,
  signedBy: [],
  ...more,
});
const choices = (more: Partial<ImportChoices> = {}): ImportChoices => ({
  vaultUrl: VAULT,
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
  ...more,
});

test('a plan says what is sent, what must come back, and who vouches for it', (t) => {
  const plan = planImport(sources(ec), choices());
  t.like(plan.request, { type: 'EC', crv: 'P-256', keyOps: ['sign', 'verify'], expiresOn: null });
  t.deepEqual(plan.request.blob, ec.blob);
  t.deepEqual(plan.expected.publicKey, ec.manifest.target.publicKey);
  t.is(plan.confirmedBy, 'unsigned-manifest');
  t.deepEqual(plan.blob, { file: 'target.byok', sha256: ec.manifest.blob.sha256, size: ec.blob.length });
});

test('--kty and --crv may say what the manifest says', (t) => {
  t.like(planImport(sources(ec), choices({ type: 'EC', crv: 'P-256' })).request, { type: 'EC', crv: 'P-256' });
});

test('the target is confirmed by its thumbprint in any spelling, or by its public key', (t) => {
  const publicKey = publicJwkOf(practiceKey('ec-p256'));
  const thumbprint = thumbprintOf(publicKey);
  for (const confirmTarget of [thumbprint, thumbprintHex(thumbprint).toUpperCase()]) {
    t.is(planImport(sources(ec), choices({ confirmTarget })).confirmedBy, 'thumbprint');
  }
  t.is(planImport(sources(ec, { publicKey }), choices()).confirmedBy, 'public-key');
});

test('without a manifest the command line says the type, and what is expected is what the operator confirms', (t) => {
  const bare = sources(ec, { manifest: null });
  const plan = planImport(bare, choices({ type: 'EC', crv: 'P-256' }));
  t.like(plan, { manifest: null, confirmedBy: 'nothing' });
  t.like(plan.expected, { type: 'EC', crv: 'P-256', bits: 256, publicKey: null, thumbprint: null });
  const thumbprint = thumbprintOf(publicJwkOf(practiceKey('ec-p256')));
  const confirmed = planImport(bare, choices({ type: 'EC', crv: 'P-256', confirmTarget: thumbprint }));
  t.is(confirmed.expected.thumbprint, thumbprint);
  const pool = choices({ vaultUrl: POOL, type: 'oct' });
  t.is(planImport(sources(aes, { manifest: null }), pool).expected.bits, 256);
});

interface Refusal {
  readonly sources: ImportSources;
  readonly choices?: Partial<ImportChoices>;
  readonly code: ErrorCode;
}

const changed = (change: Partial<Manifest>) => sources(ec, { manifest: spoilt(ec.manifest, change) });
const refusals: Readonly<Record<string, Refusal>> = {
  'a truncated blob': { sources: sources(ec, { blob: ec.blob.subarray(0, -20) }), code: 'JSON_INVALID' },
  'an empty blob': { sources: sources(ec, { blob: Buffer.alloc(0) }), code: 'BLOB_INVALID' },
  'a blob that is another JSON': { sources: sources(ec, { blob: Buffer.from('{"a":1}') }), code: 'BLOB_INVALID' },
  'a binary blob': { sources: sources(ec, { blob: Buffer.from([0xff, 0xfe, 0, 1]) }), code: 'FILE_NOT_UTF8' },
  'the manifest of another blob': {
    sources: sources(ec, { manifest: writeManifest(rsa.manifest) }),
    code: 'MANIFEST_MISMATCH',
  },
  'a manifest with a member more': { sources: changed({ more: 1 } as object), code: 'MANIFEST_INVALID' },
  'a manifest with another SHA-256': {
    sources: changed({ blob: { ...ec.manifest.blob, sha256: '00'.repeat(32) } }),
    code: 'MANIFEST_MISMATCH',
  },
  'a manifest with another KEK version': {
    sources: changed({ kek: { ...ec.manifest.kek, kid: `${VAULT}/keys/kek/${'f'.repeat(32)}` } }),
    code: 'MANIFEST_MISMATCH',
  },
  'a manifest of another key type': { sources: changed({ target: rsa.manifest.target }), code: 'MANIFEST_MISMATCH' },
  'a manifest whose public key is on another curve': {
    sources: changed({ target: { ...ec.manifest.target, crv: 'P-384', bits: 384 } }),
    code: 'MANIFEST_INVALID',
  },
  'another vault': {
    sources: sources(ec),
    choices: { vaultUrl: 'https://w.vault.azure.net' },
    code: 'VAULT_MISMATCH',
  },
  'a URL that is no vault': {
    sources: sources(ec),
    choices: { vaultUrl: 'https://v.example.com' },
    code: 'VAULT_URL_INVALID',
  },
  'an AES key for a Key Vault': {
    sources: sources(makeTransfer(`${VAULT}/keys/kek/${version}`, 'aes-128')),
    code: 'TARGET_NOT_IN_VAULT',
  },
  'an operation that EC keys have not': {
    sources: sources(ec),
    choices: { ops: ['sign', 'encrypt'] },
    code: 'USAGE',
  },
  'a thumbprint of another key': {
    sources: sources(ec),
    choices: { confirmTarget: thumbprintOf(other) },
    code: 'THUMBPRINT_MISMATCH',
  },
  'a part of a thumbprint': {
    sources: sources(ec),
    choices: { confirmTarget: thumbprintHex(thumbprintOf(other)).slice(0, 16) },
    code: 'THUMBPRINT_INVALID',
  },
  'a public key of another key': { sources: sources(ec, { publicKey: other }), code: 'THUMBPRINT_MISMATCH' },
  'a thumbprint for an AES key': {
    sources: sources(aes),
    choices: { vaultUrl: POOL, confirmTarget: thumbprintOf(other) },
    code: 'USAGE',
  },
  '--kty that contradicts the manifest': {
    sources: sources(ec),
    choices: { type: 'RSA' },
    code: 'MANIFEST_MISMATCH',
  },
  '--crv that contradicts the manifest': {
    sources: sources(ec),
    choices: { type: 'EC', crv: 'P-384' },
    code: 'MANIFEST_MISMATCH',
  },
  'no manifest and no type': { sources: sources(ec, { manifest: null }), code: 'USAGE' },
  'no manifest and an EC key without curve': {
    sources: sources(ec, { manifest: null }),
    choices: { type: 'EC' },
    code: 'USAGE',
  },
  'no manifest and a type that the length rules out': {
    sources: sources(ec, { manifest: null }),
    choices: { type: 'RSA' },
    code: 'BLOB_CIPHERTEXT',
  },
};
for (const [title, refusal] of Object.entries(refusals)) {
  test(`refused before anything is sent: ${title} (${refusal.code})`, (t) => {
    const error = t.throws(() => planImport(refusal.sources, choices(refusal.choices)), { instanceOf: KeyferryError });
    t.is(error.code, refusal.code);
  });
}

test('of several faults the one nearest to the blob is named', (t) => {
  const everything = choices({ vaultUrl: 'https://w.vault.azure.net', ops: ['import'], confirmTarget: 'x' });
  const codeOf = (from: ImportSources, what: ImportChoices) =>
    t.throws(() => planImport(from, what), { instanceOf: KeyferryError }).code;
  t.is(codeOf(sources(ec, { blob: Buffer.from('{}'), manifest: Buffer.from('{}') }), everything), 'BLOB_INVALID');
  t.is(codeOf(sources(ec, { manifest: Buffer.from('{}') }), everything), 'MANIFEST_INVALID');
  t.is(codeOf(sources(ec, { manifest: writeManifest(rsa.manifest) }), everything), 'MANIFEST_MISMATCH');
  t.is(codeOf(sources(ec), everything), 'VAULT_MISMATCH');
  t.is(codeOf(sources(ec), { ...everything, vaultUrl: VAULT }), 'USAGE');
  t.is(codeOf(sources(ec), { ...everything, vaultUrl: VAULT, ops: undefined }), 'THUMBPRINT_INVALID');
});

test('the KEK that the service has must be the one of the manifest, and of the size of the ciphertext', (t) => {
  const kekNow = (name: 'kek-2048' | 'kek-3072') =>
    kekOfService(
      {
        kid: ec.kid,
        kty: 'RSA-HSM',
        type: 'RSA',
        publicKey: publicJwkOf(practiceKey(name)),
        keyOps: ['import'],
        attributes: { enabled: true, exp: null, nbf: null, hsmPlatform: null },
      },
      new Date(),
    ).kek;
  const plan = planImport(sources(ec), choices());
  t.deepEqual(kekNow('kek-2048').key, practiceKek());
  t.notThrows(() => checkKekOfPlan(kekNow('kek-2048'), plan));
  t.like(
    t.throws(() => checkKekOfPlan(kekNow('kek-3072'), plan)),
    { code: 'THUMBPRINT_MISMATCH' },
  );
  const bare = planImport(sources(ec, { manifest: null }), choices({ type: 'EC', crv: 'P-256' }));
  t.like(
    t.throws(() => checkKekOfPlan(kekNow('kek-3072'), bare)),
    { code: 'BLOB_CIPHERTEXT' },
  );
});

import { createCipheriv, createPublicKey, generateKeyPairSync, type KeyObject, privateDecrypt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPracticeBlob, readTargetKey, type Thumbprint, thumbprintOf } from '@keyferry/blob';
import {
  type Attributes,
  CKG,
  CKM,
  loadModule,
  type Mechanism,
  type ObjectHandle,
  type Session,
  type Token,
} from '@keyferry/pkcs11';
import test, { type ExecutionContext } from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { makeToken, type TestToken, useToken } from '../../../test/support/softhsm.js';
import { storedObjects } from './support/doctor-program.js';
import { type KekFile, makeKekFile } from './support/kek-file.js';
import { runOnToken } from './support/token-program.js';

const OAEP: Mechanism = { type: CKM.RSA_PKCS_OAEP, parameter: { kind: 'oaep', hash: CKM.SHA_1, mgf: CKG.MGF1_SHA1 } };
const KWP: Mechanism = { type: CKM.AES_KEY_WRAP_PAD };

let hsm: TestToken;
let kek: KekFile;
let token: Token;
/** What `generate --wrap-with-trusted` said of each target. */
const targets = new Map<string, { thumbprint: Thumbprint | null; kcv: string }>();

test.before(async () => {
  hsm = await makeToken(wholeFile, { label: 'hsm' });
  const folder = privateFolder(wholeFile);
  const soPinFile = join(folder, 'so-pin');
  writeFileSync(soPinFile, hsm.soPin, { mode: 0o600 });
  kek = makeKekFile(folder, 2048);
  const must = async (command: string, options: Record<string, string | true>) => {
    const run = await runOnToken(hsm, command, options);
    if (run.code !== 0) throw new Error(run.stderr);
    return run.json;
  };
  const officer = { 'so-pin-file': soPinFile };
  await must('trust kek', { ...officer, kek: kek.path, 'confirm-thumbprint': kek.thumbprint, label: 'kek' });
  await must('trust wrapping-key', { ...officer, label: 'protected' });
  for (const type of ['rsa-2048', 'ec-p256', 'aes-128']) {
    const guarded = { type, label: `guarded ${type}`, 'pin-file': hsm.pinFile, 'wrap-with-trusted': true } as const;
    targets.set(type, await must('generate', guarded));
  }
  await must('generate', { type: 'aes-128', label: 'open', 'pin-file': hsm.pinFile });
  useToken(hsm);
  token = loadModule(hsm.module).findToken({ token: 'hsm' });
});

/** Everything that `trust wrapping-key` sets, but for one attribute. */
const PROTECTION = {
  wrapWithTrusted: true,
  modifiable: false,
  copyable: false,
  unwrap: false,
  encrypt: false,
  decrypt: false,
  sign: false,
  verify: false,
  derive: false,
} as const satisfies Attributes;

async function madeWeak(label: string, weakness: Attributes): Promise<void> {
  await inSession('so', async (officer) => {
    const common = { token: true, private: false, trusted: true, sensitive: true, extractable: true, wrap: true };
    await officer.generateKey(
      { type: CKM.AES_KEY_GEN },
      { ...common, ...PROTECTION, ...weakness, label, valueLen: 32 },
    );
  });
}

/** One session at a time, which leaves with its login. */
async function inSession<T>(who: 'so' | 'user' | 'nobody', work: (session: Session) => Promise<T>): Promise<T> {
  const session = token.openSession({ writable: true });
  try {
    if (who !== 'nobody') session.login(who === 'so' ? hsm.soPin : hsm.pin, who);
    return await work(session);
  } finally {
    session.close();
  }
}

function the(session: Session, label: string, template: Attributes = {}): ObjectHandle {
  const [only, ...others] = session.find({ label, ...template });
  if (only === undefined || others.length > 0) throw new Error(`expected one "${label}"`);
  return only;
}

/** Whether an attack comes through. One that does not must leave the token as it was, to the byte. */
async function succeeds(t: ExecutionContext, attack: Attack, label: string): Promise<boolean> {
  const before = storedObjects(hsm);
  try {
    await attack(t, label);
    return true;
  } catch (error) {
    t.regex((error as { code: string }).code, /^(HSM_ERROR|KEY_NEEDS_TRUSTED_KEK)$/, String(error));
    t.deepEqual(storedObjects(hsm), before);
    return false;
  }
}

type Attack = (t: ExecutionContext, label: string) => Promise<void>;

const stolenUnderOwnKey: Attack = (t, label) =>
  inSession('nobody', async (session) => {
    const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const wrapped = await session.wrapKey(OAEP, publicObject(session, own.publicKey), the(session, label));
    const value = privateDecrypt({ key: own.privateKey, oaepHash: 'sha1' }, wrapped);
    t.is(checkValue(value), session.read(the(session, label), 'checkValue')?.toString('hex') ?? '');
  });

const givenUnwrap: Attack = (t, label) =>
  inSession('user', async (session) => {
    session.write(the(session, label), { unwrap: true });
    await unwrapsTarget(t, session, the(session, label), the(session, label));
  });

const givenDecrypt: Attack = (t, label) =>
  inSession('user', async (session) => {
    const key = the(session, label);
    session.write(key, { decrypt: true });
    const target = the(session, 'guarded aes-128');
    const wrapped = await session.wrapKey(KWP, key, target);
    const value = await unwrapByBlocks(wrapped, (block) => session.decrypt({ type: CKM.AES_ECB }, key, block));
    t.is(checkValue(value), targets.get('aes-128')?.kcv ?? '');
  });

const copied: Attack = (t, label) =>
  inSession('user', async (session) => {
    const copy = session.copy(the(session, label), { token: false, unwrap: true });
    await unwrapsTarget(t, session, the(session, label, { token: true }), copy);
  });

/** A key with CKA_WRAP_WITH_TRUSTED is wrapped, and comes back as bytes that anybody can read. */
async function unwrapsTarget(t: ExecutionContext, session: Session, wrapping: ObjectHandle, unwrapping: ObjectHandle) {
  const wrapped = await session.wrapKey(KWP, wrapping, the(session, 'guarded aes-128'));
  const readable = await session.unwrapKey(KWP, unwrapping, wrapped, {
    class: 'secret-key',
    keyType: 'generic-secret',
    token: false,
    sensitive: false,
    extractable: true,
  });
  t.is(checkValue(session.read(readable, 'value') ?? Buffer.alloc(0)), targets.get('aes-128')?.kcv ?? '');
}

function publicObject(session: Session, key: KeyObject): ObjectHandle {
  const { n = '', e = '' } = key.export({ format: 'jwk' });
  return session.create({
    class: 'public-key',
    keyType: 'RSA',
    token: false,
    private: false,
    wrap: true,
    modulus: Buffer.from(n, 'base64url'),
    publicExponent: Buffer.from(e, 'base64url'),
  });
}

function checkValue(value: Buffer): string {
  const zeros = createCipheriv(`aes-${value.length * 8}-ecb`, value, null).update(Buffer.alloc(16));
  return zeros.toString('hex').slice(0, 6);
}

/** RFC 3394 section 2.2.2 with the block cipher elsewhere; two semiblocks, as a wrapped AES-128 key has. */
async function unwrapByBlocks(wrapped: Buffer, decrypt: (block: Buffer) => Promise<Buffer>): Promise<Buffer> {
  const rows = [wrapped.subarray(8, 16), wrapped.subarray(16, 24)];
  let a = wrapped.subarray(0, 8);
  for (let step = 12; step >= 1; step--) {
    const row = (step - 1) % 2;
    const counted = Buffer.from(a);
    counted.writeUInt8(counted.readUInt8(7) ^ step, 7);
    const block = await decrypt(Buffer.concat([counted, rows[row] ?? Buffer.alloc(0)]));
    a = block.subarray(0, 8);
    rows[row] = block.subarray(8);
  }
  return Buffer.concat(rows);
}

for (const [title, attack, open, closed] of [
  [
    'anybody takes it out under an RSA key of his own, without a login',
    stolenUnderOwnKey,
    { wrapWithTrusted: false },
    { modifiable: true, copyable: true },
  ],
  ['the user lets it unwrap, and reads what it wrapped', givenUnwrap, { modifiable: true }, { copyable: true }],
  ['the user lets it decrypt, and reads what it wrapped', givenDecrypt, { modifiable: true }, { copyable: true }],
  [
    'the user makes a copy that unwraps, and reads what it wrapped',
    copied,
    { modifiable: true, copyable: true }, // SoftHSM lets no copy differ from a key that is not modifiable
    { modifiable: true },
  ],
] as const satisfies readonly (readonly [string, Attack, Attributes, Attributes])[]) {
  test.serial(`attack: ${title}; one attribute closes it, and trust wrapping-key sets that`, async (t) => {
    for (const [weakness, expected] of [
      [open, true],
      [closed, false],
    ] as const) {
      const label = JSON.stringify(weakness);
      await madeWeak(label, weakness);
      t.is(await succeeds(t, attack, label), expected, label);
      await inSession('user', async (session) => session.destroy(the(session, label)));
    }
    t.false(await succeeds(t, attack, 'protected'));
  });
}

test.serial(
  'a target that asks for trusted keys goes under no key of the user and no KEK that is not trusted',
  async (t) => {
    await inSession('user', async (session) => {
      const before = session.find({});
      const own = await session.generateKey(
        { type: CKM.AES_KEY_GEN },
        { token: false, private: true, sensitive: true, extractable: true, wrap: true, valueLen: 32 },
      );
      const untrusted = publicObject(session, createPublicKey(practiceKey('kek-2048')));
      const ways = [
        [KWP, own],
        [OAEP, untrusted],
      ] as const;
      for (const [mechanism, wrappingKey] of ways) {
        t.true((await session.wrapKey(mechanism, wrappingKey, the(session, 'open'))).length > 0);
        await t.throwsAsync(session.wrapKey(mechanism, wrappingKey, the(session, 'guarded aes-128')), {
          code: 'KEY_NEEDS_TRUSTED_KEK',
        });
      }
      session.destroy(own);
      session.destroy(untrusted);
      t.deepEqual(session.find({}), before);
    });
  },
);

test.serial(
  'under the protected key and the trusted KEK the targets cross, and the user can destroy it afterwards',
  async (t) => {
    await inSession('user', async (session) => {
      const wrapping = the(session, 'protected');
      for (const [type, { thumbprint, kcv }] of targets) {
        const ciphertext = Buffer.concat([
          await session.wrapKey(OAEP, the(session, 'kek'), wrapping),
          await session.wrapKey(KWP, wrapping, the(session, `guarded ${type}`, { extractable: true })),
        ]);
        const { plaintext, aesBits } = openPracticeBlob(practiceKey('kek-2048'), ciphertext);
        t.is(aesBits, 256);
        if (type === 'aes-128') t.is(checkValue(plaintext), kcv);
        else {
          const { publicKey } = readTargetKey(plaintext, type === 'ec-p256' ? 'EC' : 'RSA');
          t.is(publicKey && thumbprintOf(publicKey), thumbprint);
        }
      }
      const before = session.find({});
      session.destroy(wrapping);
      t.deepEqual(
        session.find({}),
        before.filter((object) => object !== wrapping),
      );
    });
  },
);

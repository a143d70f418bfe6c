// A BYOK tool that makes right blobs of AES keys. With KEYFERRY_BROKEN it goes another way, which only its calls to the HSM show.
import { constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CKG, CKM, loadModule } from '@keyferry/pkcs11';

const OAEP = {
  type: CKM.RSA_PKCS_OAEP,
  parameter: { kind: 'oaep', hash: CKM.SHA_1, mgf: CKG.MGF1_SHA1 },
};
const KWP = { type: CKM.AES_KEY_WRAP_PAD };
const AES = {
  class: 'secret-key',
  keyType: 'AES',
  token: false,
  private: true,
  sensitive: true,
  extractable: true,
  wrap: true,
};

const { KEYFERRY_BROKEN: broken = 'nothing', KEYFERRY_WRAP_TOKEN, KEYFERRY_WRAP_PIN_FILE } = process.env;
const { KEYFERRY_WRAP_MODULE, KEYFERRY_ADAPTER_MODULE = KEYFERRY_WRAP_MODULE } = process.env;
const [command, ...words] = process.argv.slice(2);
const names = ['kek-pem', 'kid', 'target', 'out'];
const { values } = parseArgs({
  args: words,
  options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
});
if (command === 'capabilities') {
  const abilities = { oct: true, kekAttributes: false, thumbprint: false, provision: false, objects: false, lanes: 1 };
  const able = { keyTypes: ['aes-256'], kekSizes: [2048], mechanisms: [], ...abilities };
  console.log(JSON.stringify({ contract: '1', name: 'hsm-tool', version: '1', ...able }));
  process.exit(0);
}
if (command !== 'wrap') process.exit(77);

const module = loadModule(broken === 'past-the-spy' ? KEYFERRY_WRAP_MODULE : KEYFERRY_ADAPTER_MODULE);
const session = module.findToken({ token: KEYFERRY_WRAP_TOKEN }).openSession({ writable: true });
session.login(readFileSync(KEYFERRY_WRAP_PIN_FILE, 'utf8').trimEnd());
const [target] = session.find({ class: 'secret-key', label: values.target });
if (target === undefined) {
  console.error(`no key ${values.target}`);
  module.close();
  process.exit(1);
}
const pem = readFileSync(values['kek-pem']);
const made = await wrap();
const ciphertext = Buffer.concat([made.wrappedAesKey, made.wrappedTarget]).toString('base64url');
const header = { kid: values.kid, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' };
writeFileSync(values.out, JSON.stringify({ schema_version: '1.0.0', header, ciphertext, generator: 'hsm-tool 1' }), {
  mode: 0o600,
});
if (!['key-left-in-session', 'still-logged-in'].includes(broken)) {
  session.close();
  module.close();
}

async function wrap() {
  if (broken === 'target-copied-and-read') return wrapInSoftware(session.copy(target, { token: false }));
  if (broken === 'target-read') session.read(target, 'value');
  if (broken === 'target-changed') session.write(target, { decrypt: true });
  const kek = createKek(pem, broken === 'kek-in-token');
  const aes = await makeAes();
  const wrappedTarget = await session.wrapKey(KWP, aes, target);
  if (broken === 'aes-for-two-keys') await session.wrapKey(KWP, aes, session.find({ label: 'second' })[0]);
  if (broken === 'target-wrapped-twice') {
    const other = await session.generateKey({ type: CKM.AES_KEY_GEN }, { ...AES, valueLen: 32 });
    await session.wrapKey(KWP, other, target);
    session.destroy(other);
  }
  const wrappedAesKey = await session.wrapKey(OAEP, kek, aes);
  if (broken === 'aes-under-foreign-key') {
    const foreign = createKek(readFileSync(process.env.KEYFERRY_BROKEN_FOREIGN_PEM), false);
    await session.wrapKey(OAEP, foreign, aes);
    session.destroy(foreign);
  }
  if (broken === 'aes-encrypts') await session.encrypt({ type: CKM.AES_ECB }, aes, Buffer.alloc(16));
  if (!['aes-left-in-token', 'aes-that-was-there', 'key-left-in-session'].includes(broken)) session.destroy(aes);
  session.destroy(kek);
  return { wrappedAesKey, wrappedTarget };
}

function createKek(spki, token) {
  const { n, e } = createPublicKey(spki).export({ format: 'jwk' });
  const [modulus, publicExponent] = [n, e].map((number) => Buffer.from(number, 'base64url'));
  return session.create({
    class: 'public-key',
    keyType: 'RSA',
    token,
    private: false,
    wrap: true,
    modulus,
    publicExponent,
  });
}

async function makeAes() {
  if (broken === 'aes-known') return session.create({ ...AES, value: randomBytes(32) });
  if (broken === 'aes-that-was-there') return session.find({ label: 'standing' })[0];
  const token = ['aes-in-token', 'aes-left-in-token'].includes(broken);
  const valueLen = broken === 'aes-of-128-bits' ? 16 : 32;
  return session.generateKey(
    { type: CKM.AES_KEY_GEN },
    { ...AES, token, valueLen, encrypt: broken === 'aes-encrypts' },
  );
}

function wrapInSoftware(copy) {
  const plaintext = session.read(copy, 'value');
  const key = randomBytes(32);
  const cipher = createCipheriv('id-aes256-wrap-pad', key, Buffer.from('a65959a6', 'hex'));
  const wrappedTarget = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const wrappedAesKey = publicEncrypt({ key: pem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, key);
  session.destroy(copy);
  return { wrappedAesKey, wrappedTarget };
}

// What the adapter of keyferry-wrap does in the token besides wrapping: practice keys in and out, and a count of objects.
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { EC_PARAMS, loadModule, mechanismName } from '@keyferry/pkcs11';

const { KEYFERRY_WRAP_MODULE = '', KEYFERRY_WRAP_TOKEN = '', KEYFERRY_WRAP_PIN_FILE = '' } = process.env;

/** From the first command on, for all that follow: to load a module and to log in take longer than all else here. */
let module = null;
let session = null;

function token() {
  module ??= loadModule(KEYFERRY_WRAP_MODULE);
  return module.findToken({ token: KEYFERRY_WRAP_TOKEN });
}

function loggedIn() {
  if (session !== null) return session;
  const opened = token().openSession({ writable: true });
  opened.login(readFileSync(KEYFERRY_WRAP_PIN_FILE, 'utf8').replace(/\r?\n$/, ''));
  session = opened;
  return session;
}

export function closeToken() {
  module?.close();
}

/** What `capabilities` says of the token: the mechanisms that could wrap, and how many commands it bears at once. */
export function describeToken() {
  const found = token();
  const mechanisms = found.mechanisms();
  return {
    mechanisms: WRAPPING.filter((type) => mechanisms.has(type)).map(mechanismName),
    // SoftHSM2 writes the token's file anew at each login; a process that looks at that moment finds no token.
    ...(found.manufacturer === 'SoftHSM project' ? { lanes: 1 } : {}),
  };
}

const WRAPPING = [0x9, 0x1054, 0x2109, 0x210a, 0x210b];

/** All objects that a login shows. */
export function countObjects() {
  return loggedIn().find({}).length;
}

/** Puts a practice key into the token, with its public object. */
export function provision({ pkcs8, secret, target, extractable }) {
  const bytes = readFileSync(pkcs8 ?? secret);
  const common = { label: target, id: Buffer.from(target), token: true };
  const guarded = { ...common, private: true, sensitive: true, extractable: extractable === 'yes' };
  const objects =
    secret === undefined
      ? keyPair(createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' }))
      : [{ class: 'secret-key', keyType: 'AES', value: Buffer.from(bytes), encrypt: true, decrypt: true }];
  try {
    const [key, publicKey] = objects;
    loggedIn().create({ ...key, ...guarded });
    if (publicKey !== undefined) loggedIn().create({ ...publicKey, ...common, private: false });
  } finally {
    bytes.fill(0);
    for (const value of Object.values(objects[0])) if (Buffer.isBuffer(value)) value.fill(0);
  }
}

/** False where there is nothing of that name. */
export function remove(target) {
  const found = loggedIn().find({ label: target });
  for (const object of found) loggedIn().destroy(object);
  return found.length > 0;
}

/** Templates of the private and the public object. */
function keyPair(key) {
  const jwk = key.export({ format: 'jwk' });
  const bytes = (name) => Buffer.from(jwk[name], 'base64url');
  if (jwk.kty === 'EC') {
    const ecParams = Buffer.from(EC_PARAMS[jwk.crv]);
    const point = Buffer.concat([Buffer.of(4), bytes('x'), bytes('y')]);
    const header = point.length < 128 ? [4, point.length] : [4, 0x81, point.length];
    return [
      { class: 'private-key', keyType: 'EC', sign: true, ecParams, value: bytes('d') },
      {
        class: 'public-key',
        keyType: 'EC',
        verify: true,
        ecParams: Buffer.from(ecParams),
        ecPoint: Buffer.concat([Buffer.from(header), point]),
      },
    ];
  }
  const numbers = createPublicKey(key).export({ format: 'jwk' });
  const shown = { modulus: Buffer.from(numbers.n, 'base64url'), publicExponent: Buffer.from(numbers.e, 'base64url') };
  return [
    {
      ...{ class: 'private-key', keyType: 'RSA', sign: true, decrypt: true },
      ...{ modulus: bytes('n'), publicExponent: bytes('e'), privateExponent: bytes('d') },
      ...{ prime1: bytes('p'), prime2: bytes('q') },
      ...{ exponent1: bytes('dp'), exponent2: bytes('dq'), coefficient: bytes('qi') },
    },
    { class: 'public-key', keyType: 'RSA', verify: true, encrypt: true, ...shown },
  ];
}

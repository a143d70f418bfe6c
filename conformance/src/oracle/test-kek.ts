import { KeyferryError } from '@keyferry/errors';
import forge from 'node-forge';
import { bitLength, fromBinary, toBinary } from './bytes.js';
import { MAX_PEM_BYTES, readPem } from './pem.js';
import { type RsaNumbers, rsaConsistency } from './rsa-numbers.js';
import { rsaThumbprint } from './thumbprint.js';

/** A KEK whose private part lies open: for tests only. */
export interface TestKek {
  readonly n: bigint;
  readonly e: bigint;
  readonly bits: number;
  /** Of the modulus. */
  readonly bytes: number;
  readonly thumbprint: string;
  /** RSADP (RFC 8017 section 5.1.2) of a number below the modulus: `bytes` bytes in, `bytes` bytes out. */
  privateOperation(ciphertext: Uint8Array): Buffer;
}

/**
 * Reads the private key of a test KEK: unencrypted PEM, PKCS#8 or PKCS#1, text around it allowed.
 * TEST_KEK_UNREADABLE, KEK_NOT_RSA, KEK_SIZE.
 */
export function readTestKek(pem: Uint8Array): TestKek {
  const key = privateKeyOf(pem);
  const numbers = numbersOf(key);
  const { n, e, p, q } = numbers;
  const bits = bitLength(n);
  if (![2048, 3072, 4096].includes(bits)) {
    throw new KeyferryError('KEK_SIZE', { reason: `expected 2048, 3072 or 4096 bits, found ${bits}`, hint: HINT });
  }
  const { modulus, privateExponent, wrongCrt } = rsaConsistency({ ...numbers, p: p > 1n ? p : 3n, q: q > 1n ? q : 3n });
  if (!modulus || !privateExponent || wrongCrt.length > 0) {
    throw unreadable('expected the numbers of one RSA key, found some that do not fit together');
  }
  return {
    n,
    e,
    bits,
    bytes: bits / 8,
    thumbprint: rsaThumbprint({ n, e }),
    privateOperation: (ciphertext) => fromBinary(key.decrypt(toBinary(ciphertext), 'RAW')),
  };
}

const HINT = 'give the private PEM of the test KEK that the blob was made for';

function privateKeyOf(pem: Uint8Array): forge.pki.rsa.PrivateKey {
  if (pem.length > MAX_PEM_BYTES) throw unreadable(`expected at most ${MAX_PEM_BYTES} bytes, found ${pem.length}`);
  const blocks = readPem(pem);
  const [block] = blocks;
  if (!block || blocks.length > 1)
    throw unreadable(`expected one private key in PEM, found ${blocks.length} PEM blocks`);
  if (block.encrypted) {
    throw unreadable(
      'the private key is encrypted, and no passphrase is asked for',
      'openssl pkey -in KEK.pem -out PLAIN.pem',
    );
  }
  if (block.label === 'EC PRIVATE KEY') throw notRsa();
  if (block.label !== 'PRIVATE KEY' && block.label !== 'RSA PRIVATE KEY') {
    const open = 'only its private part opens a blob, and that of a real KEK never leaves its vault';
    throw unreadable(`expected a private key, found "${block.label}": ${open}`);
  }
  try {
    return forge.pki.privateKeyFromAsn1(forge.asn1.fromDer(toBinary(block.der)));
  } catch (error) {
    if (block.label === 'PRIVATE KEY' && !block.der.includes(RSA_OID)) throw notRsa();
    throw unreadable('the PEM holds no RSA private key that can be read', HINT, error);
  } finally {
    block.der.fill(0);
  }
}

const RSA_OID = fromBinary(forge.asn1.oidToDer('1.2.840.113549.1.1.1').getBytes());

function numbersOf(key: forge.pki.rsa.PrivateKey): RsaNumbers {
  const value = (number: forge.jsbn.BigInteger) => (number.signum() > 0 ? BigInt(`0x${number.toString(16)}`) : 0n);
  return {
    n: value(key.n),
    e: value(key.e),
    d: value(key.d),
    p: value(key.p),
    q: value(key.q),
    dP: value(key.dP),
    dQ: value(key.dQ),
    qInv: value(key.qInv),
  };
}

function notRsa(): KeyferryError {
  return new KeyferryError('KEK_NOT_RSA', { reason: 'expected an RSA private key, found another kind', hint: HINT });
}

function unreadable(reason: string, hint = HINT, cause?: unknown): KeyferryError {
  return new KeyferryError('TEST_KEK_UNREADABLE', { reason, hint, cause });
}

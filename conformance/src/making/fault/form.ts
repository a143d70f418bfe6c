import { cbc } from '@noble/ciphers/aes.js';
import forge from 'node-forge';
import type { FORM } from '../../diagnosis/table/form.js';
import { base64url, fromBinary, toBinary } from '../../oracle/bytes.js';
import * as asn1 from '../asn1.js';
import { wrapPadded } from '../key-wrap.js';
import { innerKey, publicPoint, rsaNumbersOf, scalarOf } from '../targets.js';
import type { Material } from '../wrong-blob.js';
import type { Fault } from './fault.js';

const target =
  (write: (material: Material) => Uint8Array): Fault =>
  (material) => ({ target: write(material) });
const ec = ({ target }: Material) => Buffer.from(target('ec-p256'));
const concat = (...parts: Uint8Array[]) => Buffer.concat(parts);
const point = (material: Material) => publicPoint('P-256', scalarOf(ec(material)));
const spki = (material: Material) =>
  asn1.sequence(asn1.sequence(asn1.EC_PUBLIC_KEY, asn1.P256), asn1.bits(point(material)));

function pem(der: Buffer): Buffer {
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n').trim();
  return Buffer.from(`-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`);
}

function jwk(material: Material): Buffer {
  const [x, y] = [point(material).subarray(1, 33), point(material).subarray(33)].map(base64url);
  return Buffer.from(JSON.stringify({ kty: 'EC', crv: 'P-256', x, y, d: base64url(scalarOf(ec(material))) }));
}

/** PBES2 (RFC 8018) with HMAC-SHA-1 and AES-256-CBC. */
function encrypted(material: Material): Buffer {
  const [salt, iv] = [material.random('salt', 16), material.random('initial value', 16)];
  const key = fromBinary(forge.pkcs5.pbkdf2('practice', toBinary(salt), 100, 32));
  const kdf = asn1.sequence(
    asn1.objectId('1.2.840.113549.1.5.12'),
    asn1.sequence(asn1.octets(salt), asn1.integer(100n)),
  );
  const cipher = asn1.sequence(asn1.objectId('2.16.840.1.101.3.4.1.42'), asn1.octets(iv));
  const algorithm = asn1.sequence(asn1.objectId('1.2.840.113549.1.5.13'), asn1.sequence(kdf, cipher));
  return asn1.sequence(algorithm, asn1.octets(cbc(key, iv).encrypt(Uint8Array.from(ec(material)))));
}

/** X.509 version 1, with an empty name, and random bytes in the place of the signature. */
function certificate(material: Material): Buffer {
  const algorithm = asn1.sequence(asn1.objectId('1.2.840.10045.4.3.2'));
  const time = (text: string) => asn1.tlv(0x17, Buffer.from(text));
  const validity = asn1.sequence(time('260101000000Z'), time('270101000000Z'));
  const name = asn1.sequence();
  const signed = asn1.sequence(asn1.integer(1n), algorithm, name, validity, name, spki(material));
  return asn1.sequence(signed, algorithm, asn1.bits(material.random('signature', 70)));
}

/** PFX (RFC 7292) with one content that is not encrypted. */
function pkcs12(material: Material): Buffer {
  const data = asn1.objectId('1.2.840.113549.1.7.1');
  const bag = asn1.sequence(asn1.objectId('1.2.840.113549.1.12.10.1.1'), asn1.context(0, ec(material)));
  const content = asn1.sequence(data, asn1.context(0, asn1.octets(asn1.sequence(bag))));
  return asn1.sequence(asn1.integer(3n), asn1.sequence(data, asn1.context(0, asn1.octets(asn1.sequence(content)))));
}

/** BCRYPT_ECCPRIVATE_BLOB of an ECDSA key on P-256. */
function windowsBlob(material: Material): Buffer {
  const size = Buffer.from([32, 0, 0, 0]);
  return concat(Buffer.from('ECS2'), size, point(material).subarray(1), scalarOf(ec(material)));
}

/** The first fields of PROTOCOL.key of OpenSSH: magic, no cipher, no KDF, one key. */
function openssh(material: Material): Buffer {
  const text = (content: Uint8Array | string) => {
    const bytes = Buffer.from(content as string);
    return concat(Buffer.from([0, 0, bytes.length >> 8, bytes.length & 255]), bytes);
  };
  const publicKey = concat(text('ecdsa-sha2-nistp256'), text('nistp256'), text(point(material)));
  const one = Buffer.from([0, 0, 0, 1]);
  const check = material.random('check', 4);
  const privateKey = concat(check, check, publicKey, text(scalarOf(ec(material))), text('practice'));
  return concat(
    Buffer.from('openssh-key-v1\0'),
    text('none'),
    text('none'),
    text(''),
    one,
    text(publicKey),
    text(privateKey),
  );
}

function rsaPublicKey({ target }: Material): Buffer {
  const { n, e } = rsaNumbersOf(target('rsa-2048'));
  return asn1.sequence(asn1.integer(n), asn1.integer(e));
}

const aesText = (encoding: 'hex' | 'base64'): Fault =>
  target((material) => Buffer.from(Buffer.from(material.target('aes-128')).toString(encoding)));

export const FORM_FAULTS: Readonly<Record<keyof typeof FORM, Fault>> = {
  'form/pkcs1': target((material) => innerKey(material.target('rsa-2048'))),
  'form/sec1': target((material) => innerKey(ec(material))),
  'form/pem': target((material) => pem(ec(material))),
  'form/encrypted-pkcs8': target(encrypted),
  'form/jwk': target(jwk),
  'form/xml': target((material) => {
    const { n, e } = rsaNumbersOf(material.target('rsa-2048'));
    const member = (name: string, value: bigint) =>
      `<${name}>${Buffer.from(asn1.integer(value)).toString('base64')}</${name}>`;
    return Buffer.from(`<RSAKeyValue>${member('Modulus', n)}${member('Exponent', e)}</RSAKeyValue>`);
  }),
  'form/spki': target(spki),
  'form/rsa-public-key': target(rsaPublicKey),
  'form/certificate': target(certificate),
  'form/pkcs12': target(pkcs12),
  'form/windows-blob': target(windowsBlob),
  'form/openssh': target(openssh),
  'form/hex': target((material) => Buffer.from(ec(material).toString('hex'))),
  'form/base64': target((material) => Buffer.from(ec(material).toString('base64'))),
  'form/aes-hex': aesText('hex'),
  'form/aes-base64': aesText('base64'),
  'form/octet-string': target((material) => asn1.octets(ec(material))),
  'form/wrapped-twice': (material) => ({
    wrapTarget: (bytes, key) => wrapPadded(wrapPadded(bytes, key), key),
    target: ec(material),
  }),
  'form/bare-scalar': target((material) => scalarOf(material.target('ec-p384'))),
  'form/bytes-before': target((material) => concat(Buffer.of(0, 0, 0, ec(material).length), ec(material))),
  'form/truncated': target((material) => ec(material).subarray(0, -10)),
  'form/unknown-field': target((material) =>
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], innerKey(ec(material)), 0n, asn1.NULL),
  ),
  'form/other-asn1': target(({ random }) => asn1.sequence(asn1.NULL, asn1.octets(random('content', 40)))),
  'form/unknown': target(({ random }) => random('no key', 100)),
};

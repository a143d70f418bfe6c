import type { PKCS8 } from '../../diagnosis/table/pkcs8.js';
import { toBinary, unsigned } from '../../oracle/bytes.js';
import * as asn1 from '../asn1.js';
import { innerKey, publicPoint, rsaKey, rsaNumbersOf, scalarOf } from '../targets.js';
import type { Material } from '../wrong-blob.js';
import type { Fault } from './fault.js';

const target =
  (write: (material: Material) => Uint8Array): Fault =>
  (material) => ({ target: write(material) });
const ec = ({ target }: Material) => Buffer.from(target('ec-p256'));
const concat = (...parts: Uint8Array[]) => Buffer.concat(parts);
const P256 = [asn1.EC_PUBLIC_KEY, asn1.P256];
/** The EC key with another algorithm around it. */
const said = (...algorithm: Uint8Array[]): Fault => target((material) => asn1.pkcs8(algorithm, innerKey(ec(material))));
const rsaSaid = (oid: string): Fault =>
  target((material) => rsaKey({ ...rsaNumbersOf(material.target('rsa-2048')), algorithm: [asn1.objectId(oid)] }));

export const PKCS8_FAULTS: Readonly<Record<keyof typeof PKCS8, Fault>> = {
  'pkcs8/zero-tail': target((material) => concat(ec(material), Buffer.alloc(8 - (ec(material).length % 8)))),
  'pkcs8/line-feed-after': target((material) => concat(ec(material), Buffer.from('\n'))),
  'pkcs8/bytes-after': target((material) => concat(ec(material), material.random('tail', 20))),
  'pkcs8/indefinite-length': target((material) =>
    concat(Buffer.of(0x30, 0x80), ec(material).subarray(3), Buffer.alloc(2)),
  ),
  'pkcs8/long-length': target((material) => concat(Buffer.of(0x30, 0x82, 0), ec(material).subarray(2))),
  'pkcs8/needless-zero': target((material) =>
    rsaKey({ ...rsaNumbersOf(material.target('rsa-2048')), raw: { e: Buffer.from('020400010001', 'hex') } }),
  ),
  'pkcs8/inner-tail': target((material) => asn1.pkcs8(P256, concat(innerKey(ec(material)), Buffer.alloc(3)))),
  'pkcs8/public-key-inside': target((material) => {
    const point = publicPoint('P-256', scalarOf(ec(material)));
    return asn1.pkcs8(P256, innerKey(ec(material)), 1n, asn1.tlv(0x81, Buffer.of(0), point));
  }),
  'pkcs8/version-1': target((material) => asn1.pkcs8(P256, innerKey(ec(material)), 1n)),
  'pkcs8/version': target((material) => asn1.pkcs8(P256, innerKey(ec(material)), 2n)),
  'pkcs8/attributes': target((material) => {
    const keyUsage = asn1.sequence(asn1.objectId('2.5.29.15'), asn1.tlv(0x31, asn1.bits(Buffer.of(0x80))));
    return asn1.pkcs8(P256, innerKey(ec(material)), 0n, asn1.context(0, keyUsage));
  }),
  'pkcs8/rsa-pss': rsaSaid('1.2.840.113549.1.1.10'),
  'pkcs8/rsa-oaep': rsaSaid('1.2.840.113549.1.1.7'),
  'pkcs8/ecdh-only': said(asn1.objectId('1.3.132.1.12'), asn1.P256),
  'pkcs8/edwards': target(({ random }) =>
    asn1.pkcs8([asn1.objectId('1.3.101.112')], asn1.octets(random('Ed25519 key', 32))),
  ),
  'pkcs8/dsa': target(({ random }) => {
    const number = (words: string, bytes: number) => asn1.integer(unsigned(toBinary(random(words, bytes))));
    const parameters = asn1.sequence(number('p', 256), number('q', 32), number('g', 256));
    return asn1.pkcs8([asn1.objectId('1.2.840.10040.4.1'), parameters], number('x', 32));
  }),
  'pkcs8/algorithm': said(asn1.objectId('1.3.6.1.4.1.99999.1'), asn1.P256),
};

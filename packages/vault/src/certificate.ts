import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto';
import forge from 'node-forge';

// X.509 certificates (RFC 5280) signed by P-256 keys, which take no time to make; node-forge builds the DER.

const { create, Class, Type } = forge.asn1;
type Der = forge.asn1.Asn1;

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';

/** 04, x, y. */
const P256_POINT_BYTES = 65;

export interface CertificateContent {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Der[];
}

/** A certificate in PEM. */
export function signCertificate(content: CertificateContent, signingKey: KeyObject): string {
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const signed = sequence(
    explicit(0, integer(Buffer.of(2))),
    // Positive, as RFC 5280 section 4.1.2.2 wants.
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    name(content.issuer),
    sequence(time(content.notBefore), time(content.notAfter)),
    name(content.subject),
    parsed(content.publicKey.export({ format: 'der', type: 'spki' })),
    explicit(3, sequence(...content.extensions)),
  );
  const signature = sign('sha256', bytesOf(signed), signingKey);
  const der = bytesOf(sequence(signed, algorithm, bitString(signature)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** An authority may have no authority below it. */
export function basicConstraints(authority: boolean): Der {
  const content = authority ? [primitive(Type.BOOLEAN, '\xff'), integer(Buffer.of(0))] : [];
  return extension('2.5.29.19', sequence(...content), { critical: true });
}

export function keyUsage(use: 'certificate-sign' | 'digital-signature'): Der {
  const bits = use === 'certificate-sign' ? '\x02\x04' : '\x07\x80';
  return extension('2.5.29.15', primitive(Type.BITSTRING, bits), { critical: true });
}

export function forServers(): Der {
  return extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1')));
}

export function subjectKeyIdentifier(key: KeyObject): Der {
  return extension('2.5.29.14', primitive(Type.OCTETSTRING, keyIdentifier(key)));
}

export function authorityKeyIdentifier(key: KeyObject): Der {
  return extension('2.5.29.35', sequence(implicit(0, keyIdentifier(key))));
}

export function dnsNames(names: readonly string[]): Der {
  return extension('2.5.29.17', sequence(...names.map(dnsName)));
}

/** Only these DNS domains and what lies below them, and no IP address at all (RFC 5280 section 4.2.1.10). */
export function nameConstraints(domains: readonly string[]): Der {
  const permitted = domains.map((domain) => sequence(dnsName(domain)));
  const everyAddress = [8, 32].map((bytes) => sequence(implicit(7, '\0'.repeat(bytes))));
  const trees = [constructed(0, permitted), constructed(1, everyAddress)];
  return extension('2.5.29.30', sequence(...trees), { critical: true });
}

function extension(id: string, value: Der, options: { critical?: boolean } = {}): Der {
  const critical = options.critical ? [primitive(Type.BOOLEAN, '\xff')] : [];
  return sequence(oid(id), ...critical, primitive(Type.OCTETSTRING, bytesOf(value).toString('latin1')));
}

/** SHA-1 of the public key's bits (RFC 5280 section 4.2.1.2, method 1): a name, no protection. */
function keyIdentifier(key: KeyObject): string {
  return createHash('sha1').update(publicBits(key)).digest().toString('latin1');
}

/**
 * Of an RSA or a P-256 key: RSAPublicKey, or the point, with which SubjectPublicKeyInfo ends (RFC 5480 section 2). Not by way of
 * a JWK: Node 20 waits for ever if garbage is collected while a KeyObject that generateKeyPairSync made is exported as one.
 */
function publicBits(key: KeyObject): Buffer {
  if (key.asymmetricKeyType === 'rsa') return key.export({ format: 'der', type: 'pkcs1' });
  return key.export({ format: 'der', type: 'spki' }).subarray(-P256_POINT_BYTES);
}

function name(commonName: string): Der {
  return sequence(
    create(Class.UNIVERSAL, Type.SET, true, [sequence(oid(COMMON_NAME), primitive(Type.UTF8, commonName))]),
  );
}

function time(date: Date): Der {
  return primitive(Type.UTCTIME, forge.asn1.dateToUtcTime(date) as string);
}

function dnsName(domain: string): Der {
  return implicit(2, domain);
}

function oid(id: string): Der {
  return primitive(Type.OID, forge.asn1.oidToDer(id).getBytes());
}

function integer(bytes: Buffer): Der {
  return primitive(Type.INTEGER, bytes.toString('latin1'));
}

function bitString(bytes: Buffer): Der {
  return primitive(Type.BITSTRING, `\0${bytes.toString('latin1')}`);
}

function sequence(...content: Der[]): Der {
  return create(Class.UNIVERSAL, Type.SEQUENCE, true, content);
}

function primitive(type: forge.asn1.Type, bytes: string): Der {
  return create(Class.UNIVERSAL, type, false, bytes);
}

function explicit(tag: number, content: Der): Der {
  return constructed(tag, [content]);
}

function constructed(tag: number, content: Der[]): Der {
  return create(Class.CONTEXT_SPECIFIC, tag, true, content);
}

function implicit(tag: number, bytes: string): Der {
  return create(Class.CONTEXT_SPECIFIC, tag, false, bytes);
}

function parsed(der: Buffer): Der {
  return forge.asn1.fromDer(der.toString('latin1'));
}

function bytesOf(der: Der): Buffer {
  return Buffer.from(forge.asn1.toDer(der).getBytes(), 'latin1');
}

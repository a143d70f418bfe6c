import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { OWN_DOMAINS } from './hosts.js';

export const AUTHORITY_DAYS = 30;
const AUTHORITY_NAME = 'keyferry-vault emulator CA (test only)';
const DAY = 24 * 60 * 60 * 1000;
const HOUR = 60 * 60 * 1000;

export interface Certificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/**
 * A certificate authority for the emulator's own names. Critical name constraints (RFC 5280 section 4.2.1.10) keep
 * whoever trusts it safe: even with its key nobody could pose as another host. The key is in memory only.
 */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** A server certificate for DNS names, signed by the authority; both in PEM. */
  issue(names: readonly string[]): Promise<Certificate>;
}

/** A new authority, valid from an hour ago (clocks differ) for 30 days. */
export async function makeAuthority(now: Date = new Date()): Promise<Authority> {
  const pair = await rsaPair();
  const signingKey = forge.pki.privateKeyFromPem(pair.privateKey);
  const certificate = newCertificate(pair.publicKey, AUTHORITY_NAME, now);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
    { id: '2.5.29.30', critical: true, value: nameConstraints(OWN_DOMAINS) },
  ]);
  certificate.sign(signingKey, forge.md.sha256.create());
  const keyIdentifier = certificate.generateSubjectKeyIdentifier().getBytes();

  return {
    certificate: forge.pki.certificateToPem(certificate),
    async issue(names) {
      const leafPair = await rsaPair();
      const leaf = newCertificate(leafPair.publicKey, 'keyferry-vault emulator', now);
      leaf.setExtensions([
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true },
        { name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) },
        { name: 'subjectKeyIdentifier' },
        { name: 'authorityKeyIdentifier', keyIdentifier },
      ]);
      leaf.sign(signingKey, forge.md.sha256.create());
      return { certificate: forge.pki.certificateToPem(leaf), privateKey: leafPair.privateKey };
    },
  };
}

function newCertificate(publicKey: string, name: string, now: Date): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  // Positive, as RFC 5280 section 4.1.2.2 wants.
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = new Date(now.getTime() - HOUR);
  certificate.validity.notAfter = new Date(now.getTime() + AUTHORITY_DAYS * DAY);
  certificate.setSubject([{ name: 'commonName', value: name }]);
  certificate.setIssuer([{ name: 'commonName', value: AUTHORITY_NAME }]);
  return certificate;
}

/** Only these DNS domains and what lies below them, and no IP address at all. */
function nameConstraints(domains: readonly string[]): string {
  const { create, Class, Type } = forge.asn1;
  const generalName = (tag: number, bytes: string) =>
    create(Class.CONTEXT_SPECIFIC, tag as forge.asn1.Type, false, bytes);
  const subtrees = (tag: number, names: forge.asn1.Asn1[]) =>
    create(
      Class.CONTEXT_SPECIFIC,
      tag as forge.asn1.Type,
      true,
      names.map((name) => create(Class.UNIVERSAL, Type.SEQUENCE, true, [name])),
    );
  const permitted = subtrees(
    0,
    domains.map((domain) => generalName(2, domain)),
  );
  const everyAddress = [8, 32].map((bytes) => generalName(7, '\0'.repeat(bytes)));
  return forge.asn1
    .toDer(create(Class.UNIVERSAL, Type.SEQUENCE, true, [permitted, subtrees(1, everyAddress)]))
    .getBytes();
}

async function rsaPair(): Promise<{ publicKey: string; privateKey: string }> {
  return promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

import { generateKeyPairSync } from 'node:crypto';
import {
  authorityKeyIdentifier,
  basicConstraints,
  dnsNames,
  forServers,
  keyUsage,
  nameConstraints,
  signCertificate,
  subjectKeyIdentifier,
} from './certificate.js';
import { OWN_DOMAINS } from './hosts.js';

export const AUTHORITY_DAYS = 30;
const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
const AUTHORITY_NAME = 'keyferry-vault emulator CA (test only)';

/** Both in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/**
 * A certificate authority for the emulator's own names. Its name constraints are critical, so that nobody could pose as
 * another host to those who trust it, even with its key; and the key is in memory only.
 */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** A server certificate for DNS names, signed by the authority. */
  issue(names: readonly string[]): Certificate;
}

/** A new authority, valid for 30 days, and since an hour because clocks differ. */
export function makeAuthority(now: Date = new Date()): Authority {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const notBefore = new Date(now.getTime() - HOUR);
  const notAfter = new Date(now.getTime() + AUTHORITY_DAYS * DAY);
  const common = { issuer: AUTHORITY_NAME, notBefore, notAfter };
  const extensions = [
    basicConstraints(true),
    keyUsage('certificate-sign'),
    subjectKeyIdentifier(authority.publicKey),
    nameConstraints(OWN_DOMAINS),
  ];
  return {
    certificate: signCertificate(
      { ...common, subject: AUTHORITY_NAME, publicKey: authority.publicKey, extensions },
      authority.privateKey,
    ),
    issue(names) {
      const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const extensions = [
        basicConstraints(false),
        keyUsage('digital-signature'),
        forServers(),
        dnsNames(names),
        subjectKeyIdentifier(leaf.publicKey),
        authorityKeyIdentifier(authority.publicKey),
      ];
      const content = { ...common, subject: 'keyferry-vault emulator', publicKey: leaf.publicKey, extensions };
      return {
        certificate: signCertificate(content, authority.privateKey),
        privateKey: leaf.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      };
    },
  };
}

import { generateKeyPair, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import {
  authorityKeyIdentifier,
  basicConstraints,
  keyUsage,
  signCertificate,
  subjectKeyIdentifier,
} from '../certificate.js';
import type { Protection } from '../keys/engine.js';
import type { KeyRecord } from '../keys/record.js';
import { attestedObjects } from './attested-key.js';
import { attestedBytes } from './marvell-blob.js';

const HOUR = 60 * 60 * 1000;
const DAYS = 30;

// Whoever looks at the chain sees at once what it is; no pinned root of an HSM's maker has such a name or such a key.
const ROOT_NAME = 'SYNTHETIC keyferry-vault attestation root (no HSM - test only)';
const SIGNER_NAME = 'SYNTHETIC keyferry-vault attestation signer (no HSM - test only)';

/** As the service shows it (KeyAttestation); binary members are base64url. */
export interface Attestation {
  /** PEM: the signer's certificate, then the root's. */
  readonly certificatePemFile: string;
  readonly privateKeyAttestation: string;
  /** Null for a symmetric key. */
  readonly publicKeyAttestation: string | null;
  readonly version: 'MRVL-1';
}

export interface Attestor {
  attest(key: KeyRecord, protection: Protection): Promise<Attestation>;
}

interface Signer {
  readonly chain: string;
  readonly key: KeyObject;
}

/** A signer of attestations under a root of its own; both are made when first needed and are in memory only. */
export function makeAttestor(): Attestor {
  let signer: Promise<Signer> | undefined;
  return {
    async attest(key, protection) {
      signer ??= makeSigner();
      const { chain, key: signingKey } = await signer;
      const data = attestedBytes(attestedObjects(key, protection));
      const blob = Buffer.concat([data, sign('sha256', data, signingKey)]).toString('base64url');
      return {
        certificatePemFile: Buffer.from(chain).toString('base64url'),
        // Each holds both objects: what the service puts into either is not known.
        privateKeyAttestation: blob,
        publicKeyAttestation: key.material.type === 'oct' ? null : blob,
        version: 'MRVL-1',
      };
    },
  };
}

async function makeSigner(): Promise<Signer> {
  const root = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const now = Date.now();
  const common = {
    issuer: ROOT_NAME,
    notBefore: new Date(now - HOUR),
    notAfter: new Date(now + DAYS * 24 * HOUR),
  };
  const certificate = signCertificate(
    {
      ...common,
      subject: SIGNER_NAME,
      publicKey: signer.publicKey,
      extensions: [
        basicConstraints(false),
        keyUsage('digital-signature'),
        subjectKeyIdentifier(signer.publicKey),
        authorityKeyIdentifier(root.publicKey),
      ],
    },
    root.privateKey,
  );
  const rootCertificate = signCertificate(
    {
      ...common,
      subject: ROOT_NAME,
      publicKey: root.publicKey,
      extensions: [basicConstraints(true), keyUsage('certificate-sign'), subjectKeyIdentifier(root.publicKey)],
    },
    root.privateKey,
  );
  return { chain: certificate + rootCertificate, key: signer.privateKey };
}

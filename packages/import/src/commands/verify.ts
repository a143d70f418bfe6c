import {
  MAX_MANIFEST_BYTES,
  MAX_RECEIPT_BYTES,
  type NotChecked,
  notCheckedLines,
  notCheckedSchema,
  parseKid,
  parseThumbprint,
  readManifest,
  readReceipt,
  thumbprintLines,
  thumbprintOf,
} from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';
import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { compareKeys, type ExpectedKey } from '../compare.js';
import { readPublicKeyFile } from '../import-files.js';
import { verifyManifestSignature } from '../manifest-signature.js';
import { type Mode, modeLines } from '../mode.js';
import { keyName, keyVersion, SERVICE_OPTIONS, vaultOf } from '../options.js';
import { provePossession } from '../possession.js';
import type { ServiceKey } from '../service-key.js';
import { compareByKcv } from '../settle.js';
import type { Vault } from '../vault.js';

const resultSchema = z.strictObject({
  /** Whether anything that tells keys apart was compared; it was equal then. */
  matches: z.boolean(),
  kid: z.string(),
  emulator: z.boolean(),
  /** What the manifest or receipt says; null for a public key file. */
  mode: z.enum(['production', 'practice']).nullable(),
  type: z.enum(['RSA', 'EC', 'oct']),
  enabled: z.boolean().nullable(),
  /** Thumbprint of the key in the vault; null for an AES key. */
  thumbprint: z.string().nullable(),
  comparedWith: z.strictObject({
    kind: z.enum(['manifest', 'receipt', 'public-key']),
    file: z.string(),
    /** The allowed signer whose signature of the manifest was verified. */
    signedBy: z.string().nullable(),
  }),
  verified: z.array(z.enum(['public-key', 'kcv', 'possession'])),
  notChecked: notCheckedSchema,
});
type Result = z.output<typeof resultSchema>;

export const verifyCommand = defineCommand({
  name: 'verify',
  summary: 'compare a key in the vault with what came from the source HSM',
  details:
    'Of an AES key the vault shows nothing; its check value is compared by letting the vault encrypt one block of zeros. ' +
    'With --sign the vault signs a random challenge, which is verified under the public key of the source HSM. ' +
    'Exit 4 if anything differs, or nothing could be compared.',
  options: {
    ...SERVICE_OPTIONS,
    version: { type: 'string', describe: 'version of the key; that of the receipt, or the newest, unless given' },
    manifest: { type: 'string', describe: 'compare with NAME.manifest.json' },
    receipt: { type: 'string', describe: 'compare with NAME.receipt.json' },
    'public-key': { type: 'string', describe: 'compare with a public key (PEM, DER or JWK)' },
    'manifest-signature': { type: 'string', describe: 'signature of the manifest, made by ssh-keygen -Y sign' },
    'allowed-signers': {
      type: 'string',
      describe: 'who may sign, in the form of ssh-keygen; with --manifest-signature',
    },
    sign: { type: 'boolean', default: false, describe: 'let the vault prove that it has the private key' },
  },
  examples: [
    [
      'keyferry-import verify --vault-url https://prod.vault.azure.net --name payroll --manifest payroll.manifest.json --sign',
      'at any later time',
    ],
  ],
  result: resultSchema,
  text: describeResult,
  async run(args, terminal, signal) {
    const name = keyName(args.name);
    const version = args.version === undefined ? undefined : keyVersion(args.version);
    const source = await readSource(args);
    const vault = await vaultOf(args, terminal, signal);
    const key = await vault.key(name, version ?? versionOfReceipt(source, vault, name));
    const verified = await verifyKey(vault, key, source.expected, args.sign);
    const result: Result = {
      matches: verified.length > 0,
      kid: key.kid.text,
      emulator: vault.emulator,
      mode: source.mode,
      type: key.type,
      enabled: key.attributes.enabled,
      thumbprint: key.publicKey === null ? null : thumbprintOf(key.publicKey),
      comparedWith: { kind: source.kind, file: source.file, signedBy: source.signedBy },
      verified,
      notChecked: notCheckedOf(source, verified),
    };
    return { result, exit: result.matches ? 'done' : 'verification' };
  },
});

interface Source {
  readonly kind: Result['comparedWith']['kind'];
  readonly file: string;
  readonly mode: Mode | null;
  readonly expected: ExpectedKey;
  /** Of a manifest only. */
  readonly signedBy: string | null;
  /** Of a receipt only. */
  readonly kid: string | null;
}

interface SourceOptions {
  readonly manifest: string | undefined;
  readonly receipt: string | undefined;
  readonly publicKey: string | undefined;
  readonly manifestSignature: string | undefined;
  readonly allowedSigners: string | undefined;
}

async function readSource(options: SourceOptions): Promise<Source> {
  const { manifest, receipt, publicKey, manifestSignature: signature, allowedSigners } = options;
  if ((signature === undefined) !== (allowedSigners === undefined) || (signature !== undefined && !manifest)) {
    throw new KeyferryError('USAGE', { reason: '--manifest, --manifest-signature and --allowed-signers go together' });
  }
  const given = [manifest, receipt, publicKey].filter((file) => file !== undefined);
  if (given.length !== 1) {
    throw new KeyferryError('USAGE', {
      reason: `expected one of --manifest, --receipt and --public-key, found ${given.length}`,
    });
  }
  if (manifest !== undefined) {
    const bytes = await readBoundedFile(manifest, { maxBytes: MAX_MANIFEST_BYTES });
    const signedBy =
      signature === undefined || allowedSigners === undefined
        ? null
        : await verifyManifestSignature(bytes, { signature, allowedSigners });
    const { mode, target } = readManifest(bytes);
    const expected = { ...target, thumbprint: null };
    return { kind: 'manifest', file: manifest, mode, expected, signedBy, kid: null };
  }
  if (receipt !== undefined) {
    const { mode, key, target } = readReceipt(await readBoundedFile(receipt, { maxBytes: MAX_RECEIPT_BYTES }));
    const { type, crv, bits, kid } = key;
    const thumbprint = target.thumbprint === null ? null : parseThumbprint(target.thumbprint);
    const expected = { type, crv, bits, publicKey: target.publicKey, thumbprint, kcv: target.kcv };
    return { kind: 'receipt', file: receipt, mode, expected, signedBy: null, kid };
  }
  const file = publicKey ?? '';
  const jwk = await readPublicKeyFile(file);
  const crv = jwk.kty === 'EC' ? jwk.crv : null;
  const expected = { type: jwk.kty, crv, bits: null, publicKey: jwk, thumbprint: null, kcv: null };
  return { kind: 'public-key', file, mode: null, expected, signedBy: null, kid: null };
}

function versionOfReceipt({ kid }: Source, { address }: Vault, name: string): string | undefined {
  const parsed = kid === null ? null : parseKid(kid);
  return parsed?.vault.url === address.url && parsed.name === name ? parsed.version : undefined;
}

async function verifyKey(
  vault: Vault,
  key: ServiceKey,
  expected: ExpectedKey,
  sign: boolean,
): Promise<Result['verified']> {
  const shown = compareKeys(expected, key);
  if (shown.equal === false) {
    throw mismatch(key, shown.reason);
  }
  const kcv = await compareByKcv(vault, expected, key);
  if (kcv?.equal === false) {
    throw mismatch(key, kcv.reason);
  }
  const verified: Result['verified'] = [];
  if (shown.equal) verified.push('public-key');
  if (kcv?.equal) verified.push('kcv');
  const publicKey = expected.publicKey ?? (shown.equal ? key.publicKey : null);
  if (sign && publicKey !== null) {
    await provePossession(vault, key, publicKey);
    verified.push('possession');
  }
  return verified;
}

function mismatch({ kid }: ServiceKey, reason: string): KeyferryError {
  return new KeyferryError('IMPORTED_KEY_MISMATCH', { reason: `${reason}: ${kid.text}`, values: { kid: kid.text } });
}

function notCheckedOf({ kind, signedBy, expected }: Source, verified: Result['verified']): NotChecked[] {
  const symmetric = expected.type === 'oct';
  const ids: (NotChecked | false)[] = [
    kind === 'manifest' && signedBy === null && 'manifest-signature',
    !symmetric && !verified.includes('public-key') && 'target-public-key',
    symmetric && 'imported-key',
    symmetric && !verified.includes('kcv') && 'kcv',
    !symmetric && !verified.includes('possession') && 'possession',
  ];
  return ids.filter((id) => id !== false);
}

const WORDS = {
  'public-key': 'its public key is equal',
  kcv: 'its check value is equal (24 bits: finds errors, not attackers)',
  possession: 'a signature of the vault verifies under the key of the source',
} as const;

function describeResult(result: Result): string {
  const { comparedWith, verified } = result;
  const source = `${comparedWith.kind === 'public-key' ? 'public key' : comparedWith.kind} ${comparedWith.file}`;
  const thumbprint = result.thumbprint === null ? null : parseThumbprint(result.thumbprint);
  return [
    ...modeLines(result),
    `key         ${result.kid}${result.enabled === false ? ' (disabled)' : ''}`,
    `compared    with the ${comparedWith.kind === 'manifest' && comparedWith.signedBy === null ? 'UNSIGNED ' : ''}${source}`,
    ...(comparedWith.signedBy === null ? [] : [`signed by   ${comparedWith.signedBy}`]),
    ...(result.matches
      ? verified.map((what) => `verified    ${WORDS[what]}`)
      : ['verified    NOTHING COULD BE COMPARED']),
    ...(thumbprint === null ? [] : [`thumbprint  ${thumbprint}`, ...thumbprintLines(thumbprint)]),
    ...notCheckedLines(result.notChecked),
  ].join('\n');
}

import { spawn } from 'node:child_process';
import { printable } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';

/** What a signature of a manifest is for; one made for anything else does not count (ssh-keygen(1), -n). */
const NAMESPACE = 'keyferry-manifest@v1';

/** Bytes; an SSH signature has some hundred. */
const MAX_SIGNATURE_BYTES = 64 * 1024;
const MAX_SIGNERS_BYTES = 1024 * 1024;

/** A signature of a manifest, and who may sign. */
export interface SignatureFiles {
  /** As `ssh-keygen -Y sign -n keyferry-manifest@v1` writes it. */
  readonly signature: string;
  /** In the form of allowed_signers (ssh-keygen(1), ALLOWED SIGNERS). */
  readonly allowedSigners: string;
}

/**
 * Lets ssh-keygen verify a signature, and returns the first of the allowed signers who have the key that made it.
 * @throws SIGNATURE_INVALID when it is not by one of them, for another namespace, or not of these bytes; SSH_KEYGEN_MISSING; FILE_*.
 */
export async function verifyManifestSignature(manifest: Uint8Array, files: SignatureFiles): Promise<string> {
  const { signature, allowedSigners } = files;
  // ssh-keygen opens them again by their names; here they are held against the limits that all files keep.
  await readBoundedFile(signature, { maxBytes: MAX_SIGNATURE_BYTES });
  await readBoundedFile(allowedSigners, { maxBytes: MAX_SIGNERS_BYTES });
  const found = await sshKeygen(['find-principals', '-s', signature, '-f', allowedSigners], null);
  // Several may share the key, on one line of the file or on several; some versions print a line as it stands.
  const names = found.stdout.split(/[\n,]/).filter((name) => name !== '' && !name.startsWith('!'));
  const [principal] = names;
  if (found.code !== 0 || principal === undefined) {
    throw new KeyferryError('SIGNATURE_INVALID', {
      reason: `expected a signature by one of ${allowedSigners}, found one by somebody else, or none: ${signature}`,
    });
  }
  const verify = ['verify', '-f', allowedSigners, '-I', principal, '-n', NAMESPACE, '-s', signature];
  const verified = await sshKeygen(verify, manifest);
  if (verified.code !== 0) {
    throw new KeyferryError('SIGNATURE_INVALID', {
      reason: `expected a signature of the manifest by ${printable(principal)} for ${NAMESPACE}; ssh-keygen: ${printable(verified.stderr.trim()).slice(0, 300)}`,
    });
  }
  return printable(principal);
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function sshKeygen(words: readonly string[], input: Uint8Array | null): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn('ssh-keygen', ['-Y', ...words], { stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        out[stream] = (out[stream] + text).slice(0, 10_000);
      });
    }
    child.on('error', (cause) => {
      reject(new KeyferryError('SSH_KEYGEN_MISSING', { reason: `ssh-keygen cannot be run: ${cause.message}`, cause }));
    });
    child.on('close', (code) => resolve({ code, ...out }));
    // It may end without having read everything.
    child.stdin.on('error', () => {}).end(input ?? '');
  });
}

import type { Envelope } from './envelope.js';
import type { Report } from './report.js';
import type { Target } from './target.js';
import { sha256 } from './thumbprint.js';

/** What a blob shall carry, by somebody else's word. */
export interface Expectation {
  /** Its thumbprint and kcv are null where nothing is known of them. */
  readonly target: Target;
  /** The file and the kid that a manifest names; null without a manifest. */
  readonly manifest: { readonly sha256: string; readonly size: number; readonly kid: string } | null;
}

/** Compares file and kid; `kid` is null where the blob has none. */
export function judgeFile(blob: Uint8Array, kid: Envelope['kid'], expectation: Expectation, report: Report): void {
  const { manifest } = expectation;
  if (!manifest) {
    report.skip('blob/expect/file', 'a public key says nothing about the file');
    report.skip('blob/expect/kid', 'a public key says nothing about the KEK');
    return;
  }
  const digest = sha256(blob);
  const expected = `${manifest.size} bytes of SHA-256 ${manifest.sha256}`;
  const same = digest === manifest.sha256 && blob.length === manifest.size;
  report.check('blob/expect/file', same, `${blob.length} bytes of SHA-256 ${digest}`, expected);
  if (kid !== null) {
    report.check('blob/expect/kid', kid === manifest.kid, kid === manifest.kid ? 'the same' : 'another', manifest.kid);
  }
}

/** Compares the key. */
export function judgeTarget(target: Target, { target: expected }: Expectation, report: Report): void {
  const same = target.type === expected.type && target.bits === expected.bits && target.crv === expected.crv;
  report.check('blob/expect/target', same, describeTarget(target), describeTarget(expected));
  if (expected.thumbprint === null) {
    report.skip('blob/expect/public-key', 'no public key is expected');
  } else {
    const match = target.thumbprint === expected.thumbprint;
    report.check('blob/expect/public-key', match, target.thumbprint ?? 'no public key', expected.thumbprint);
  }
  if (expected.kcv === null) report.skip('blob/expect/kcv', 'no key check value is expected');
  else report.check('blob/expect/kcv', target.kcv === expected.kcv, target.kcv ?? 'none', expected.kcv);
}

/** Such as `EC P-256` or `RSA 2048`. */
export function describeTarget({ type, bits, crv }: Target): string {
  return `${type === 'oct' ? 'AES' : type} ${crv ?? bits}`;
}

import type { CaseOutcome, CaseResult, Results } from '../../src/report/results.js';
import { resultsOf } from './results.js';

const KEKS = ['RSA-2048', 'RSA-3072', 'RSA-4096'];
const TARGETS = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC P-256', 'EC P-384', 'EC P-521', 'EC secp256k1', 'oct-256'];
const REFUSALS = {
  'kek-1024': 'refuses a KEK of 1024 bits',
  'kek-8192': 'refuses a KEK of 8192 bits',
  'kek-operations': 'refuses a KEK with other operations than import',
  'kek-expired': 'refuses a KEK that has expired',
  'kek-modulus': 'refuses a KEK whose modulus was changed',
  'target-extractable': 'refuses a target that is not extractable',
  'target-unknown': 'refuses a target that does not exist',
};
const CHECKS = {
  'blob/envelope/members': 'schema_version, header, ciphertext, generator',
  'blob/length/ciphertext': '2120 bytes',
  'blob/oaep/decryption': 'RSA-OAEP with SHA-1, MGF1 with SHA-1, empty label',
  'blob/aes-size/bits': 'AES-256',
  'blob/kwp/integrity': 'the integrity check value of RFC 5649',
  'blob/encoding/canonical': 'PKCS#8 in DER, nothing after it',
  'blob/key-consistency/public-key': 'the key that was asked for',
  'producer/fresh-aes-key': 'three wraps, three AES keys',
  'producer/file-mode': '0600',
};

/** One of each outcome, at these cases of the producer's. */
const ODD: Readonly<Record<string, CaseOutcome>> = {
  'producer/wrap/kek-2048/ec-p521': 'fail',
  'producer/wrap/kek-4096/ec-p521': 'xfail',
  'producer/wrap/kek-3072/rsa-4096': 'timeout',
  'producer/wrap/kek-2048/rsa-4096': 'warn',
  'producer/wrap/kek-2048/oct-256': 'not-applicable',
  'producer/wrap/kek-3072/oct-256': 'not-applicable',
  'producer/wrap/kek-4096/oct-256': 'not-applicable',
  'producer/wrap/kek-4096/ec-secp256k1': 'xpass',
  'producer/refuse/kek-8192': 'crash',
  'producer/refuse/kek-expired': 'fail',
  'producer/refuse/kek-modulus': 'skipped',
  'producer/refuse/target-unknown': 'error',
};

const REASONS: Partial<Record<CaseOutcome, string>> = {
  'not-applicable': 'the tool says that it wraps no oct keys',
  skipped: 'the tool was given no key to sign the KEK with',
  error: 'the adapter could not be started: no such file',
  timeout: 'no end within 60 s',
  crash: 'exit status 139 after SIGSEGV',
};

/** What a BYOK tool with faults of each kind would get; `allRight` turns it into one that passes all. */
export function producerResults({ allRight = false, repeat = 1 } = {}): Results {
  const wraps = KEKS.flatMap((kek) =>
    TARGETS.flatMap((target) =>
      Array.from({ length: repeat }, (_, index) =>
        caseOf(
          `producer/wrap/kek-${kek.slice(4)}/${nameOf(target)}${index === 0 ? '' : `-${index + 1}`}`,
          `wraps ${target} under ${kek}`,
          allRight,
          { kek, target },
        ),
      ),
    ),
  );
  const refusals = Object.entries(REFUSALS).map(([name, title]) => caseOf(`producer/refuse/${name}`, title, allRight));
  return resultsOf({
    ...CIRCUMSTANCES,
    subject: {
      kind: 'producer',
      name: 'ACME BYOK tool',
      version: '4.2.1',
      sha256: '3f1e'.repeat(16),
      features: { 'key types': 'RSA, EC', 'KEK sizes': '2048, 3072, 4096', mechanism: 'CKM_RSA_AES_KEY_WRAP' },
    },
    cases: [...wraps, ...refusals],
  });
}

/** What a PKCS#11 module would get: no case stands in a matrix. */
export function moduleResults(): Results {
  const groups = {
    'attribute/extractable': ['set-true', 'copy-true', 'unwrap-default', 'generate-false'],
    'attribute/sensitive': ['set-false', 'copy-false', 'read-value'],
    'mechanism/oaep': ['sha-1', 'sha-256', 'label'],
    attack: ['wrap-decrypt', 'wrap-under-own-key', 'weaker-copy'],
  };
  return resultsOf({
    ...CIRCUMSTANCES,
    subject: { kind: 'module', name: 'libacmep11.so', version: null, sha256: 'ab12'.repeat(16), features: {} },
    cases: Object.entries(groups).flatMap(([group, names]) =>
      names.map((name) => ({
        ...caseOf(`module/${group}/${name}`, `${name.replaceAll('-', ' ')} is right`, false),
        ...(name === 'weaker-copy' ? { outcome: 'fail' as const, ...FAILED, conclusion: 'does not protect' } : {}),
      })),
    ),
  });
}

const CIRCUMSTANCES = {
  suite: { name: 'keyferry-conformance', version: '0.1.0', vectorsSha256: '90ab'.repeat(16) },
  host: { platform: 'linux', arch: 'x64', release: '6.1.0-18-amd64', node: 'v20.19.5', cpus: 4 },
  run: {
    startedAt: '2026-11-24T08:30:00.000Z',
    seconds: 41.207,
    seed: 2_463_534_242,
    jobs: 4,
    timeoutSeconds: 60,
    selected: [],
    shards: { indexes: [1, 2, 3, 4], of: 4 },
    interrupted: false,
    troubles: [],
  },
};

const FAILED = {
  findings: [
    ...findings(['blob/encoding/canonical']),
    {
      id: 'blob/encoding/canonical',
      level: 'fail' as const,
      clause: 'RFC 5958 section 2; X.690 section 11.7',
      expected: 'an octet string of 66 bytes for the private key of P-521',
      actual: 'an octet string of 65 bytes: the zero byte at its front was dropped',
    },
  ],
  faults: [
    {
      id: 'encoding/ec-short-scalar',
      title: 'the private scalar is shorter than the order of its curve',
      cause: 'the number was written without the zero bytes at its front, as one writes an INTEGER',
      mend: 'fill the scalar with zero bytes at the front up to the length of the order (RFC 5915 section 3)',
    },
  ],
};

function caseOf(
  id: string,
  title: string,
  allRight: boolean,
  cell: CaseResult['cell'] = null,
): Omit<CaseResult, 'index'> {
  const outcome = (allRight ? undefined : ODD[id]) ?? 'pass';
  const failed = outcome === 'fail' || outcome === 'xfail';
  const excepted = outcome === 'xfail' || outcome === 'xpass';
  const judged = REASONS[outcome] === undefined;
  return {
    id,
    title,
    level: cell === null ? 'must' : 'should',
    clause: 'Azure Key Vault BYOK specification, "Generate key transfer blob"',
    why: 'Azure answers a wrong blob with 400 and no reason. A tool that makes one leaves its operator with nothing to go by.',
    since: '0.1.0',
    cell,
    outcome,
    conclusion: null,
    reason: REASONS[outcome] ?? null,
    seconds: 0.25,
    findings: !judged ? [] : failed ? FAILED.findings : [...findings([]), ...(outcome === 'warn' ? [WARNING] : [])],
    faults: failed ? FAILED.faults : [],
    exception: excepted
      ? { reason: 'a firmware update is due', issue: 'ACME-1234', expires: '2027-03-31', expired: false }
      : null,
  };
}

const WARNING = {
  id: 'blob/kwp/zero-tail',
  level: 'warn' as const,
  clause: 'RFC 5649 section 3',
  expected: 'the padded length to be that of the key',
  actual: '8 zero bytes after the DER; the service is known to accept them',
};

function findings(without: readonly string[]): CaseResult['findings'] {
  return [
    ...Object.entries(CHECKS)
      .filter(([id]) => !without.includes(id))
      .map(([id, actual]) => ({ id, level: 'pass' as const, clause: 'RFC 5649', expected: actual, actual })),
    {
      id: 'blob/manifest/signature',
      level: 'not-checked',
      clause: 'keyferry/manifest/1',
      expected: 'a signature of the manifest',
      actual: 'there is no manifest beside the blob',
    },
  ];
}

function nameOf(target: string): string {
  return target.toLowerCase().replace('ec p-', 'ec-p').replace(' ', '-');
}

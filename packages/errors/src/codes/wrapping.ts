import type { CodeTable } from '../code-entry.js';

/** How a target key leaves its HSM: probes, rehearsals, practice. */
export const wrappingCodes = {
  PROBE_IMPOSSIBLE: {
    exit: 'hsm',
    title: 'the HSM cannot be tried with a throwaway key',
    why: 'Before the real key moves, a key of the same kind is made and wrapped, and the product is judged. The HSM did not make such a key.',
    mend: 'if the HSM must not make such keys, add --no-probe: the manifest then says that nothing was tried',
  },
  MECHANISM_NOT_RFC5649: {
    exit: 'hsm',
    title: 'no mechanism of the HSM makes what the service takes',
    why: 'Each was tried with a throwaway key. The service wants RSA-OAEP with SHA-1 around an AES-256 key, and that around the target by RFC 5649.',
    mend: 'ask the vendor of the HSM for its mechanism of RFC 5649, and name it by --kwp-mechanism',
  },
  REHEARSAL_FAILED: {
    exit: 'hsm',
    title: 'the rehearsal with the real key failed',
    why: 'The key was wrapped and unwrapped again inside the HSM, and what came back cannot be used or is not the same key. No blob was written.',
    mend: 'run doctor with the same key; do not import a blob of this HSM',
  },
  REHEARSAL_IMPOSSIBLE: {
    exit: 'policy',
    title: 'this key cannot be rehearsed',
    why: 'A rehearsal wraps the real key under a KEK of the session and compares what comes back. That needs a key that may be wrapped so, and something to compare.',
    mend: 'leave out --rehearse-target; the probe with a throwaway key is made anyway',
  },
  WRAPPING_KEY_UNSAFE: {
    exit: 'policy',
    title: 'this wrapping key does not protect what it wraps',
    why: 'A trusted AES key must wrap and do nothing else, and must be protected from being taken out, changed or copied. Otherwise it is a way around CKA_WRAP_WITH_TRUSTED.',
    mend: 'the security officer removes it, and makes another with keyferry-wrap trust wrapping-key',
  },
  PRACTICE_REFUSED: {
    exit: 'policy',
    title: 'practice is refused here',
    why: 'With --production only a key of a hardware token is wrapped. Software tokens and key files are for practice.',
    mend: 'leave out --production, or take the production HSM',
  },
  PRACTICE_KEY_INVALID: {
    exit: 'verification',
    title: 'this is not a key to practise with',
    why: 'For practice a private key may come from a file: RSA or EC, in PEM, not encrypted.',
    mend: 'make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out practice.pem',
  },
} as const satisfies CodeTable;

import type { FaultId } from '../../making/faults.js';

/** A right AES key of another size comes out of them: nobody who opens the blob can tell. */
export const NOBODY_CAN_TELL: readonly FaultId[] = ['form/aes-hex', 'form/aes-base64'];

/** What no document tells of the service: the outcome tells it, and is never held against an importer. */
export const UNKNOWN: readonly FaultId[] = [
  'file/bom',
  'members/unknown',
  'members/generator',
  'members/secure-key-release',
  'base64/padding',
  'base64/too-much-padding',
  'kid/unversioned',
  'kid/empty-version',
  'kid/host-in-capitals',
  'aes-size/128',
  'aes-size/192',
  'pkcs8/zero-tail',
  'pkcs8/line-feed-after',
  'pkcs8/bytes-after',
  'rsa/exponent-unusual',
];

/** The right key, written otherwise than the specification says. Who takes it does no harm, and nobody can count on it. */
export const ONLY_WRITTEN_OTHERWISE: readonly FaultId[] = [
  'file/too-large',
  'base64/standard',
  'base64/line-breaks',
  'base64/crlf',
  'base64/stray-bits',
  'pkcs8/indefinite-length',
  'pkcs8/long-length',
  'pkcs8/needless-zero',
  'pkcs8/inner-tail',
  'pkcs8/public-key-inside',
  'pkcs8/version-1',
  'pkcs8/version',
  'pkcs8/attributes',
  'pkcs8/rsa-pss',
  'pkcs8/rsa-oaep',
  'pkcs8/ecdh-only',
  'rsa/parameters-missing',
  'rsa/parameters',
  'rsa/n-e-d-only',
  'rsa/zero-crt',
  'rsa/negative',
  'rsa/version-1',
  'rsa/private-exponent-range',
  'ec/no-curve',
  'ec/version',
  'ec/scalar-long',
  'ec/public-key-form',
  'ec/compressed-point',
];

/** In the words of `keyferry-vault policies`: what SoftHSM2 hides from the emulator, and the faults that it so hides. */
export const HIDDEN_BY_SOFTHSM: Readonly<Record<string, readonly FaultId[]>> = {
  'bytes after the PKCS#8 of the target': [
    'pkcs8/zero-tail',
    'pkcs8/line-feed-after',
    'pkcs8/bytes-after',
    'pkcs8/inner-tail',
  ],
  'that d and the factors p, q, dP, dQ, qInv of an RSA key belong together': [
    'rsa/zero-crt',
    'rsa/multi-prime',
    'rsa/private-exponent-range',
    'rsa/crt-exchanged',
    'rsa/crt',
  ],
  'the public key inside the PKCS#8 of an EC key': ['ec/other-public-key', 'ec/compressed-point'],
  'whether the private value of an EC key is below the order of its curve': ['ec/scalar-range'],
  'the object identifier of an RSA key: rsaEncryption or RSASSA-PSS': ['pkcs8/rsa-pss'],
  'whether the DER of the target is canonical, and attributes in its PKCS#8': [
    'pkcs8/indefinite-length',
    'pkcs8/long-length',
    'pkcs8/needless-zero',
    'pkcs8/attributes',
    'rsa/negative',
    'ec/scalar-short',
    'ec/scalar-long',
  ],
  'the version numbers in the target, and the parameters of rsaEncryption': [
    'pkcs8/version-1',
    'pkcs8/version',
    'rsa/parameters-missing',
    'rsa/parameters',
    'ec/version',
  ],
};

/** What the emulator cannot check of a blob with this fault; null where it can. */
export function hiddenFromEmulator(id: FaultId): string | null {
  return Object.entries(HIDDEN_BY_SOFTHSM).find(([, faults]) => faults.includes(id))?.[0] ?? null;
}

import type { Pkcs11Module, Token } from '@keyferry/pkcs11';
import { type Finding, ok } from './findings.js';

/** What is publicly documented about taking keys out of an HSM of this make. */
export interface VendorNote {
  readonly make: string;
  readonly text: string;
  readonly source: string;
}

interface Row extends VendorNote {
  /** Found in what token and module call themselves, or in the name of the module's file. */
  readonly known: RegExp;
}

/** Only what its source says. Everything else is for the vendor to answer. */
const ROWS: readonly Row[] = [
  {
    make: 'Thales Luna',
    known: /\bluna|chrystoki|libcryptoki2/i,
    text:
      'private keys can be wrapped only in a partition in key export mode: partition policy 1 "Allow private key wrapping", ' +
      'off by default, set by the partition SO, and never together with policy 0 "Allow private key cloning". ' +
      'Some policy changes destroy what the partition holds: partition showpolicies -verbose tells which',
    source: 'thalesdocs.com: Cloning and Key Export; Partition Capabilities and Policies',
  },
  {
    make: 'Entrust nShield',
    known: /\bncipher|nshield|cknfast/i,
    text:
      'the security assurance mechanism of the PKCS#11 library refuses operations that it holds for risky; ' +
      'CKNFAST_OVERRIDE_SECURITY_ASSURANCES, in the environment or in cknfastrc, permits chosen ones',
    source: 'nshielddocs.entrust.com: PKCS#11 developer libraries; environment variables',
  },
  {
    make: 'AWS CloudHSM',
    known: /cloudhsm/i,
    text:
      'only the crypto officer (admin) can set CKA_TRUSTED; CKA_WRAP_WITH_TRUSTED can never be unset. RFC 5649 is ' +
      'CKM_CLOUDHSM_AES_KEY_WRAP_ZERO_PAD: --kwp-mechanism 0x8000216F',
    source: 'docs.aws.amazon.com/cloudhsm: Trusted key attributes; AES key wrapping',
  },
  {
    make: 'Fortanix DSM',
    known: /fortanix/i,
    text:
      'a key leaves only if it has the key operation Export, which is off by default and cannot be given to it later; ' +
      'the group may ask for a quorum approval',
    source: 'support.fortanix.com: Key operations; User’s guide: Export key',
  },
  {
    make: 'YubiHSM 2',
    known: /yubihsm|yubico/i,
    text:
      'a key leaves only if it has the capability exportable-under-wrap, under a wrap key with export-wrapped; ' +
      'what export-wrapped gives under an AES key is AES-CCM, a format of its own, and no RFC 5649',
    source: 'docs.yubico.com/software/yubihsm-2: PUT WRAP KEY; EXPORT WRAPPED',
  },
  {
    make: 'IBM CCA (openCryptoki)',
    known: /\bcca\b/i,
    text: 'CKM_RSA_AES_KEY_WRAP is documented for AES CIPHER keys',
    source: 'ibm.com/docs/linuxonibm: Wrapping CCA keys',
  },
  {
    make: 'SoftHSM',
    known: /softhsm/i,
    text:
      'CKA_TRUSTED can be set by the security officer only while he makes the object; CKA_EXTRACTABLE=false and ' +
      'CKA_SENSITIVE=true cannot be undone, not by a copy either',
    source: 'measured with SoftHSM 2.6.1',
  },
];

/** null for a make of which this program knows nothing that is publicly documented. */
export function vendorNote(
  token: Pick<Token, 'manufacturer' | 'model'>,
  module: Pick<Pkcs11Module, 'path' | 'info'>,
): VendorNote | null {
  const names = [token.manufacturer, token.model, module.info.manufacturer, module.info.description, module.path];
  return ROWS.find(({ known }) => names.some((name) => known.test(name))) ?? null;
}

/** How HSMs of this make are told otherwise, where that is known. */
export function describeMake(note: VendorNote | null): Finding {
  if (note === null)
    return ok('token/make', `nothing particular is known of this make: how it is told to let keys out, ask its vendor`);
  return ok('token/make', `known of ${note.make}: ${note.text} (source: ${note.source})`);
}

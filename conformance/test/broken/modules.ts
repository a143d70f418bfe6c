import type { OverlayBehaviour } from '../../../test/support/overlay.js';
import type { Told } from '../support/producer-program.js';

/** A module that is SoftHSM2 with one fault more, played by the overlay. */
export interface BrokenModule {
  readonly fault: string;
  readonly behaviour: OverlayBehaviour;
  /** Which cases it is put to. */
  readonly run: readonly string[];
  /** What is found beyond what SoftHSM2 itself has. */
  readonly caught: Told;
  /** What SoftHSM2 itself has, and this module has not. */
  readonly spared?: readonly string[];
}

/** Cases that need no RSA key. */
const WITHOUT_RSA = [
  ...['initial', 'one-way', 'leaving/wrap', 'usage', 'guard', 'trust/wrap', 'trust/user', 'template', 'key-wrap'],
  ...['attack/own-wrapping-key', 'attack/wrap-', 'attack/unwrap-', 'attack/copy-', 'attack/trusted-', 'attack/derive-'],
].map((part) => `module/${part}*`);

/** And no private key: SoftHSM2 makes none that wraps or decrypts. */
const WITHOUT_PRIVATE = WITHOUT_RSA.filter((pattern) => !/key-wrap|leaving/.test(pattern));

const KEY_WRAP = ['module/key-wrap/*', 'module/usage/*', 'module/attack/unwrap-*'];
/** SoftHSM2 takes any length; the overlay's own mechanism, which comes first, does not open such a product. */
const AES_LENGTHS = [20, 31, 1216].map((bytes) => `module/key-wrap/aes-length/${bytes}`);
const IN_ONE_CALL = ['module/rsa-aes-key-wrap/*', 'module/usage/*'];
const OAEP = ['module/oaep/*', 'module/attack/own-rsa-key', 'module/usage/*'];

/** What they forget, force upon keys or tell wrongly of them. */
export const BROKEN_ATTRIBUTES: readonly BrokenModule[] = [
  {
    fault: 'makes every key extractable',
    behaviour: { force: '0x162:1' },
    run: WITHOUT_RSA,
    caught: {
      'module/initial/generate/closed': ['fail', 'fail initial/extractable', 'fail initial/never-extractable'],
      'module/initial/create': ['fail', 'fail initial/extractable'],
      'module/initial/unwrap': ['fail', 'fail initial/extractable'],
      'module/initial/copy/closed': ['fail', 'fail initial/extractable', 'fail initial/never-extractable'],
      'module/one-way/extractable/set': ['fail', 'fail one-way/set'],
      'module/one-way/extractable/copy': ['fail', 'fail one-way/copy'],
      'module/leaving/wrap/unextractable': ['fail', 'fail leaving/wrap-unextractable'],
      'module/leaving/wrap/unextractable-private': ['fail', 'fail leaving/wrap-unextractable-private'],
      'module/attack/own-wrapping-key-closed': ['fail', 'fail attack/own-wrapping-key-closed'],
      'module/attack/copy-extractable': ['fail', 'fail attack/copy-extractable'],
    },
    spared: ['module/template/unwrap/given'],
  },
  {
    fault: 'makes no key sensitive',
    behaviour: { force: '0x103:0' },
    run: [...WITHOUT_RSA, 'module/leaving/*'],
    caught: {
      'module/initial/generate/closed': ['fail', 'fail initial/sensitive', 'fail initial/always-sensitive'],
      'module/initial/create': ['fail', 'fail initial/sensitive'],
      'module/initial/unwrap': ['fail', 'fail initial/sensitive'],
      'module/initial/copy/closed': ['fail', 'fail initial/sensitive', 'fail initial/always-sensitive'],
      'module/one-way/sensitive/set': ['fail', 'fail one-way/set'],
      'module/one-way/sensitive/copy': ['fail', 'fail one-way/copy'],
      'module/leaving/read/sensitive': ['fail', 'fail leaving/read-value'],
      'module/leaving/read/rsa-private': [
        'fail',
        'fail leaving/read-private-exponent',
        'fail leaving/read-prime-1',
        'fail leaving/read-prime-2',
        'fail leaving/read-exponent-1',
        'fail leaving/read-exponent-2',
        'fail leaving/read-coefficient',
      ],
      'module/attack/copy-readable': ['fail', 'fail attack/copy-readable'],
      'module/template/wrap/like': ['fail', 'fail template/wrap-like'],
    },
    spared: ['module/template/unwrap/given'],
  },
  {
    fault: 'lets every key wrap',
    behaviour: { force: '0x106:1' },
    run: WITHOUT_PRIVATE,
    caught: {
      'module/usage/wrap': ['fail', 'fail usage/wrap'],
    },
  },
  {
    fault: 'lets every key decrypt',
    behaviour: { force: '0x105:1' },
    run: WITHOUT_PRIVATE,
    caught: {
      'module/usage/decrypt': ['fail', 'fail usage/decrypt'],
    },
  },
  {
    fault: 'binds no key to trusted keys',
    behaviour: { force: '0x210:0' },
    run: WITHOUT_RSA,
    caught: {
      'module/trust/wrap/untrusted': ['fail', 'fail trust/wrap-untrusted'],
      'module/attack/own-wrapping-key-guarded': ['fail', 'fail attack/own-wrapping-key-guarded'],
    },
  },
  {
    fault: 'takes CKA_TRUSTED from anybody, and forgets it',
    behaviour: { drop: '0x86' },
    run: WITHOUT_RSA,
    caught: {
      'module/trust/user/create': ['fail', 'fail trust/user-create'],
      'module/trust/user/set': ['fail', 'fail trust/user-set'],
      'module/trust/user/copy': ['fail', 'fail trust/user-copy'],
    },
  },
  {
    fault: 'forgets CKA_COPYABLE',
    behaviour: { drop: '0x171' },
    run: WITHOUT_RSA,
    caught: {
      'module/guard/copyable': ['fail', 'fail guard/copyable'],
    },
  },
  {
    fault: 'forgets CKA_MODIFIABLE',
    behaviour: { drop: '0x170' },
    run: WITHOUT_RSA,
    caught: {
      'module/guard/modifiable': ['fail', 'fail guard/modifiable'],
    },
  },
  {
    fault: 'forgets CKA_ALLOWED_MECHANISMS',
    behaviour: { drop: '0x40000600' },
    run: WITHOUT_RSA,
    caught: {
      'module/guard/allowed-mechanisms': ['fail', 'fail guard/allowed-mechanisms'],
    },
  },
  {
    fault: 'forgets CKA_WRAP_TEMPLATE',
    behaviour: { drop: '0x40000211' },
    run: WITHOUT_RSA,
    caught: {
      'module/template/wrap/unlike': ['fail', 'fail template/wrap-unlike'],
    },
  },
  {
    fault: 'forgets CKA_UNWRAP_TEMPLATE',
    behaviour: { drop: '0x40000212' },
    run: WITHOUT_RSA,
    caught: {
      'module/template/unwrap/given': ['fail', 'fail template/unwrap-given'],
      'module/template/unwrap/against': ['fail', 'fail template/unwrap-against'],
    },
  },
  {
    fault: 'says that every key was made inside',
    behaviour: { pretend: '0x163:1' },
    run: WITHOUT_RSA,
    caught: {
      'module/initial/create': ['fail', 'fail initial/local'],
      'module/initial/unwrap': ['fail', 'fail initial/local'],
    },
  },
  {
    fault: 'says that every key was always sensitive and never extractable',
    behaviour: { pretend: ['0x165:1', '0x164:1'] },
    run: WITHOUT_RSA,
    caught: {
      'module/initial/generate/open': ['fail', 'fail initial/always-sensitive', 'fail initial/never-extractable'],
      'module/initial/generate/closed-later': [
        'fail',
        'fail initial/always-sensitive',
        'fail initial/never-extractable',
      ],
      'module/initial/create': ['fail', 'fail initial/always-sensitive', 'fail initial/never-extractable'],
      'module/initial/unwrap': ['fail', 'fail initial/always-sensitive', 'fail initial/never-extractable'],
      'module/initial/copy/open-made-closed': [
        'fail',
        'fail initial/always-sensitive',
        'fail initial/never-extractable',
      ],
    },
  },
];

/** What they do wrong when a key is wrapped or unwrapped. */
export const BROKEN_WRAPPING: readonly BrokenModule[] = [
  {
    fault: 'makes a key of what does not open',
    behaviour: { 'unwrap-anything': 'yes', kwp: '0x210b:exact' },
    run: KEY_WRAP,
    caught: {
      'module/usage/unwrap': ['fail', 'fail usage/unwrap'],
      'module/key-wrap/aes-key-wrap/refuses/tampered': ['fail', 'fail key-wrap/integrity'],
      'module/key-wrap/aes-key-wrap/refuses/other-key': ['fail', 'fail key-wrap/integrity'],
      'module/key-wrap/aes-key-wrap-pad/refuses/tampered': ['fail', 'fail key-wrap/integrity'],
      'module/key-wrap/aes-key-wrap-pad/refuses/other-key': ['fail', 'fail key-wrap/integrity'],
      'module/key-wrap/aes-key-wrap-pad/refuses/length-field': ['fail', 'fail key-wrap/integrity'],
      'module/key-wrap/aes-key-wrap-pad/refuses/padding-not-zero': ['fail', 'fail key-wrap/integrity'],
      'module/key-wrap/aes-key-wrap-kwp/refuses/tampered': ['fail', 'fail key-wrap/integrity'],
      'module/key-wrap/aes-key-wrap-kwp/refuses/other-key': ['fail', 'fail key-wrap/integrity'],
      'module/key-wrap/aes-key-wrap-kwp/refuses/length-field': ['fail', 'fail key-wrap/integrity'],
      'module/key-wrap/aes-key-wrap-kwp/refuses/padding-not-zero': ['fail', 'fail key-wrap/integrity'],
    },
  },
  {
    fault: 'has an initial value of its own under CKM_AES_KEY_WRAP_KWP',
    behaviour: { kwp: '0x210b:wrong-aiv' },
    run: KEY_WRAP,
    caught: {
      'module/key-wrap/aes-key-wrap-kwp/wraps/aes-256': ['fail', 'fail key-wrap/flavour'],
      'module/key-wrap/aes-key-wrap-kwp/wraps/secret-20': ['fail', 'fail key-wrap/flavour'],
      'module/key-wrap/aes-key-wrap-kwp/wraps/ec-p256': ['fail', 'fail key-wrap/flavour'],
      'module/key-wrap/aes-key-wrap-kwp/opens': ['fail', 'fail key-wrap/opens'],
    },
    spared: AES_LENGTHS,
  },
  {
    fault: 'has PKCS#7 padding under CKM_AES_KEY_WRAP_KWP',
    behaviour: { kwp: '0x210b:pkcs7-rfc3394' },
    run: KEY_WRAP,
    caught: {
      'module/key-wrap/aes-key-wrap-kwp/wraps/aes-256': ['fail', 'fail key-wrap/flavour'],
      'module/key-wrap/aes-key-wrap-kwp/wraps/secret-20': ['fail', 'fail key-wrap/flavour'],
      'module/key-wrap/aes-key-wrap-kwp/wraps/ec-p256': ['fail', 'fail key-wrap/flavour'],
      'module/key-wrap/aes-key-wrap-kwp/opens': ['fail', 'fail key-wrap/opens'],
    },
    spared: AES_LENGTHS,
  },
  {
    fault: 'puts zeros behind the key under CKM_AES_KEY_WRAP_KWP',
    behaviour: { kwp: '0x210b:zero-tail' },
    run: KEY_WRAP,
    caught: {
      'module/key-wrap/aes-key-wrap-kwp/wraps/secret-20': ['fail', 'fail key-wrap/flavour'],
      'module/key-wrap/aes-key-wrap-kwp/wraps/ec-p256': ['fail', 'fail key-wrap/flavour'],
    },
  },
  {
    fault: 'has plain RFC 3394 under CKM_AES_KEY_WRAP_KWP',
    behaviour: { kwp: '0x210b:rfc3394' },
    run: KEY_WRAP,
    caught: {
      'module/key-wrap/aes-key-wrap-kwp/wraps/aes-256': ['fail', 'fail key-wrap/flavour'],
      'module/key-wrap/aes-key-wrap-kwp/opens': ['fail', 'fail key-wrap/opens'],
    },
    spared: AES_LENGTHS,
  },
  {
    fault: 'uses SHA-256 in OAEP where SHA-1 is asked for',
    behaviour: { oaep: 'sha256' },
    run: OAEP,
    caught: {
      'module/oaep/sha-1/wraps': ['fail', 'fail oaep/wraps'],
      'module/oaep/sha-1/unwraps': ['fail', 'fail oaep/unwraps', 'fail oaep/unwraps-no-other'],
    },
    spared: ['module/attack/own-rsa-key'],
  },
  {
    fault: 'keeps another modulus than it was given',
    behaviour: { 'swap-kek': 'yes' },
    run: OAEP,
    caught: {
      'module/oaep/sha-1/wraps': ['fail', 'fail oaep/wraps'],
    },
    spared: ['module/attack/own-rsa-key'],
  },
  {
    fault: 'makes AES keys of 128 bits, whatever is asked',
    behaviour: { 'aes-bits': '128' },
    run: ['module/key-wrap/*'],
    caught: {
      'module/key-wrap/aes-key-wrap/wraps/aes-256': ['fail', 'fail key-wrap/flavour'],
      'module/key-wrap/aes-key-wrap-pad/wraps/aes-256': ['fail', 'fail key-wrap/flavour'],
    },
  },
  {
    fault: 'has PKCS#7 padding in CKM_RSA_AES_KEY_WRAP',
    behaviour: { 'rsa-aes-key-wrap': 'pkcs7' },
    run: IN_ONE_CALL,
    caught: {
      'module/rsa-aes-key-wrap/wraps': ['fail', 'fail rsa-aes-key-wrap/flavour'],
      'module/rsa-aes-key-wrap/opens': ['fail', 'fail rsa-aes-key-wrap/opens'],
    },
  },
  {
    fault: 'puts zeros behind the key in CKM_RSA_AES_KEY_WRAP',
    behaviour: { 'rsa-aes-key-wrap': 'zero-tail' },
    run: IN_ONE_CALL,
    caught: {
      'module/rsa-aes-key-wrap/wraps': ['warn', 'warn rsa-aes-key-wrap/flavour'],
    },
  },
  {
    fault: 'makes AES keys of 128 bits in CKM_RSA_AES_KEY_WRAP',
    behaviour: { 'rsa-aes-key-wrap': 'exact', 'aes-bits': '128' },
    run: IN_ONE_CALL,
    caught: {
      'module/rsa-aes-key-wrap/wraps': ['fail', 'fail rsa-aes-key-wrap/aes-bits'],
      'module/rsa-aes-key-wrap/opens': ['fail', 'fail rsa-aes-key-wrap/opens'],
    },
  },
  {
    fault: 'uses SHA-256 for SHA-1 in CKM_RSA_AES_KEY_WRAP',
    behaviour: { 'rsa-aes-key-wrap': 'exact', oaep: 'sha256' },
    run: IN_ONE_CALL,
    caught: {
      'module/rsa-aes-key-wrap/wraps': ['fail', 'fail rsa-aes-key-wrap/oaep'],
      'module/rsa-aes-key-wrap/opens': ['fail', 'fail rsa-aes-key-wrap/opens'],
    },
  },
  {
    fault: 'makes extractable what CKM_RSA_AES_KEY_WRAP should keep',
    behaviour: { 'rsa-aes-key-wrap': 'exact', force: '0x162:1' },
    run: IN_ONE_CALL,
    caught: {
      'module/rsa-aes-key-wrap/unextractable': ['fail', 'fail rsa-aes-key-wrap/unextractable'],
    },
  },
];

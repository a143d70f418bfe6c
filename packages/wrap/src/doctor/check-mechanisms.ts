import { CKM, type MechanismInfo, mechanismName, type Token } from '@keyferry/pkcs11';
import { type Finding, ok, warning } from './findings.js';

/** What a mechanism is for, what it means when the token lacks it, and what it must do with which keys. */
interface Need {
  readonly type: number;
  readonly purpose: string;
  /** null: nothing is lost. */
  readonly without: string | null;
  readonly must: (info: MechanismInfo) => readonly (readonly [boolean, string])[];
}

const wraps = ({ flags }: MechanismInfo) => [[flags.wrap, 'not for wrapping'] as const];
const signs = ({ flags }: MechanismInfo) => [[flags.sign, 'not for signing'] as const];

/** Tokens give the sizes of AES in bytes, as the standard says, or in bits. */
const aes256 = ({ maxKeySize }: MechanismInfo) => [[maxKeySize === 0 || maxKeySize >= 32, 'not for 256 bits'] as const];

const upTo = (bits: number) => (info: MechanismInfo) =>
  [[info.maxKeySize === 0 || info.maxKeySize >= bits, `not for ${bits} bits`] as const] as const;

function needs(kekBits: number, kwpMechanism: number | undefined): Need[] {
  return [
    {
      type: CKM.RSA_AES_KEY_WRAP,
      purpose: 'wraps RSA and EC keys in one call',
      without: null,
      must: wraps,
    },
    {
      type: CKM.AES_KEY_WRAP_KWP,
      purpose: 'RFC 5649 by its definition',
      without: null,
      must: wraps,
    },
    {
      type: CKM.AES_KEY_WRAP_PAD,
      purpose: 'RFC 5649 in some tokens, something else in others',
      without: null,
      must: wraps,
    },
    ...(kwpMechanism === undefined
      ? []
      : [
          {
            type: kwpMechanism,
            purpose: 'named by --kwp-mechanism',
            without: 'the token does not list it; some wrap with it all the same',
            must: wraps,
          },
        ]),
    {
      type: CKM.RSA_PKCS_OAEP,
      purpose: 'wraps the AES key under the KEK',
      without: 'only CKM_RSA_AES_KEY_WRAP is left',
      must: (info) => [...wraps(info), ...upTo(kekBits)(info)],
    },
    {
      type: CKM.AES_KEY_GEN,
      purpose: 'makes the AES key',
      without: 'only CKM_RSA_AES_KEY_WRAP is left',
      must: (info) => [[info.flags.generate, 'not for generating'], ...aes256(info)],
    },
    {
      type: CKM.RSA_PKCS_KEY_PAIR_GEN,
      purpose: 'makes throwaway RSA keys',
      without: 'wrapping an RSA key cannot be tried before: a wrap then wants --no-probe',
      must: ({ flags }) => [[flags.generateKeyPair, 'not for generating']],
    },
    {
      type: CKM.EC_KEY_PAIR_GEN,
      purpose: 'makes throwaway EC keys',
      without: 'wrapping an EC key cannot be tried before: a wrap then wants --no-probe',
      must: ({ flags }) => [[flags.generateKeyPair, 'not for generating']],
    },
    {
      type: CKM.ECDSA,
      purpose: 'proves which public key belongs to an EC key',
      without: 'the public key of an EC key stays unproven, and may stay unknown',
      must: signs,
    },
    {
      type: CKM.RSA_PKCS,
      purpose: 'proves which public key belongs to an RSA key',
      without: 'the public key of an RSA key stays unproven',
      must: signs,
    },
    {
      type: CKM.AES_ECB,
      purpose: 'computes the check value of an AES key',
      without: 'an AES key without CKA_CHECK_VALUE has none',
      must: () => [],
    },
  ];
}

/**
 * The mechanisms that matter, as the token lists them. What they do is told by trying them alone. `kekBits` is the size of
 * the KEK, or the smallest that a KEK can have.
 */
export function checkMechanisms(token: Token, kekBits: number, kwpMechanism: number | undefined): Finding[] {
  const listed = token.mechanisms();
  return needs(kekBits, kwpMechanism).map((need) =>
    judge(need, listed.has(need.type) ? token.mechanismInfo(need.type) : null),
  );
}

function judge({ type, purpose, without, must }: Need, info: MechanismInfo | null): Finding {
  const id = `mechanisms/${mechanismId(type)}` as const;
  const name = `${mechanismName(type)}: ${purpose}`;
  if (info === null) {
    return without === null
      ? ok(id, `${name}; the token lacks it`)
      : warning(id, `${name}; the token lacks it`, without);
  }
  const broken = must(info).flatMap(([kept, words]) => (kept ? [] : [words]));
  const text = `${name}; ${describe(info)}`;
  return broken.length === 0
    ? ok(id, text)
    : warning(id, text, `the token says: ${broken.join(', ')}; trying it decides`);
}

/** `0x0000210b`: how findings name a mechanism. */
export function mechanismId(type: number): string {
  return `0x${type.toString(16).padStart(8, '0')}`;
}

function describe({ minKeySize, maxKeySize, flags }: MechanismInfo): string {
  const uses = Object.entries(flags).flatMap(([name, set]) => (set && name !== 'hardware' ? [IN_WORDS[name]] : []));
  const sizes = maxKeySize === 0 ? [] : [`key size ${minKeySize} to ${maxKeySize}`];
  return [...sizes, uses.join(', ') || 'no use said', ...(flags.hardware ? ['in hardware'] : [])].join('; ');
}

const IN_WORDS: Readonly<Record<string, string>> = {
  wrap: 'wrap',
  unwrap: 'unwrap',
  generate: 'generate',
  generateKeyPair: 'generate pairs',
  encrypt: 'encrypt',
  decrypt: 'decrypt',
  sign: 'sign',
  verify: 'verify',
};

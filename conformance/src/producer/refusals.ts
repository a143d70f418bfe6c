import type { SuiteCase } from '../suite/suite-case.js';
import type { Capabilities } from './contract.js';
import { type HandedKek, rightKek, VAULT_KID } from './kek-files.js';
import { oddNumber } from './numbers.js';
import { publicKekOf, type RunKeks } from './run-keks.js';

/** How a demand that a tool must refuse differs from a right one. */
export interface Refusal {
  readonly title: string;
  readonly level: SuiteCase['level'];
  readonly clause: string;
  readonly why: string;
  /** What the tool must be able to read, for the fault to be there for it. */
  readonly needs?: (capabilities: Capabilities) => boolean;
  /** Why it is not concerned without that. */
  readonly without?: string;
  /** Exit 77 is as good: the contract lets a tool say that it does not do this at all. */
  readonly mayBeUnsupported?: true;
  /** The KEK that is handed out; a right one unless said. */
  kek?(keks: RunKeks, seed: number): Promise<HandedKek>;
  /** Which key; an extractable one unless said. */
  readonly target?: 'unextractable' | 'unknown' | 'aes';
  /** What is amiss where the blob should be written. */
  readonly out?: 'exists' | 'no-folder';
}

const BYOK_KEK = 'Azure BYOK specification, key exchange key';
const CONTRACT = 'keyferry-adapter/1, wrap';

const attributes = {
  needs: ({ kekAttributes }: Capabilities) => kekAttributes,
  without: 'the tool reads only a PEM, which carries no operations, dates and state',
};
const right = async (keks: RunKeks) => rightKek(await keks.of(2048), VAULT_KID);
const changed = (change: Partial<HandedKek>) => async (keks: RunKeks) => ({ ...(await right(keks)), ...change });
const state = (change: Partial<HandedKek['attributes']>) => async (keks: RunKeks) => {
  const kek = await right(keks);
  return { ...kek, attributes: { ...kek.attributes, ...change } };
};
const E = 65537n;
const now = () => Math.floor(Date.now() / 1000);
const HOUR = 3600;

export const REFUSALS = {
  'kek-1024': {
    title: 'a KEK of 1024 bits is refused',
    level: 'must',
    clause: BYOK_KEK,
    why: 'Azure has KEKs of 2048, 3072 and 4096 bits. One of 1024 bits is no KEK of Azure, and can be broken.',
    mayBeUnsupported: true,
    kek: async (_, seed) => rightKek(publicKekOf(oddNumber(1024, seed), E), VAULT_KID),
  },
  'kek-8192': {
    title: 'a KEK of 8192 bits is refused',
    level: 'must',
    clause: BYOK_KEK,
    why: 'Azure has KEKs of 2048, 3072 and 4096 bits. What is larger is not one of them, whoever handed it out.',
    mayBeUnsupported: true,
    kek: async (_, seed) => rightKek(publicKekOf(oddNumber(8192, seed), E), VAULT_KID),
  },
  'kek-exponent-3': {
    title: 'a KEK with the public exponent 3 is refused',
    level: 'should',
    clause: 'FIPS 186-5 appendix A.1.1',
    why: 'Azure makes KEKs with 65537. Another exponent shows that the key came from elsewhere.',
    kek: async (keks) => rightKek(publicKekOf((await keks.of(2048)).kek.n, 3n), VAULT_KID),
  },
  'kek-even-modulus': {
    title: 'a KEK with an even modulus is refused',
    level: 'must',
    clause: 'RFC 8017 section 3.1',
    why: 'No product of two odd primes is even. What is wrapped under it may be open to everybody, and to Azure it is lost.',
    kek: async (keks) => rightKek(publicKekOf((await keks.of(2048)).kek.n - 1n, E), VAULT_KID),
  },
  'kek-not-rsa': {
    title: 'an EC key in the place of the KEK is refused',
    level: 'must',
    clause: BYOK_KEK,
    why: 'Only RSA opens the first half of a blob.',
    mayBeUnsupported: true,
    kek: async () => rightKek(EC_KEY, VAULT_KID),
  },
  'kek-private-pem': {
    title: 'a private key in the place of the public KEK is refused',
    level: 'must',
    clause: BYOK_KEK,
    why: 'The private part of a KEK never leaves the vault. Where it lies in a file, whoever can read that file can open the blob.',
    kek: async (keks) => ({ ...(await right(keks)), pem: (await keks.of(2048)).privatePem }),
  },
  'kek-wrong-ops': {
    title: 'a KEK that may do more than import is refused',
    level: 'must',
    clause: BYOK_KEK,
    why: 'With any other operation, such as decrypt, everybody with that permission opens the blob outside the HSM.',
    ...attributes,
    kek: changed({ keyOps: ['import', 'decrypt'] }),
  },
  'kek-expired': {
    title: 'an expired KEK is refused',
    level: 'should',
    clause: BYOK_KEK,
    why: 'Azure refuses the import, after the key has left its HSM for nothing. A stale KEK may be one that was replaced for a reason.',
    ...attributes,
    kek: (keks) => state({ nbf: now() - 48 * HOUR, exp: now() - 24 * HOUR })(keks),
  },
  'kek-not-yet-valid': {
    title: 'a KEK that is not yet valid is refused',
    level: 'should',
    clause: BYOK_KEK,
    why: 'Azure refuses the import until then. The clock of an offline machine may be wrong too, and is better looked at.',
    ...attributes,
    kek: (keks) => state({ nbf: now() + 24 * HOUR, exp: now() + 48 * HOUR })(keks),
  },
  'kek-disabled': {
    title: 'a disabled KEK is refused',
    level: 'should',
    clause: BYOK_KEK,
    why: 'Azure refuses the import. Somebody switched the KEK off, and may have had a reason.',
    ...attributes,
    kek: state({ enabled: false }),
  },
  'kek-tampered': {
    title: 'a KEK whose modulus is not the one of its thumbprint is refused',
    level: 'must',
    clause: 'RFC 7638',
    why: 'Whoever slips in a modulus of his own opens the blob. The thumbprint is what gives him away.',
    needs: ({ thumbprint, kekAttributes }) => thumbprint || kekAttributes,
    without: 'the tool reads only a PEM, and compares it with nothing',
    kek: async (keks) => {
      const { key, pem } = await keks.other();
      return { ...(await right(keks)), key, pem };
    },
  },
  'kek-pem-and-json-differ': {
    title: 'a PEM that holds another key than the JSON beside it is refused',
    level: 'must',
    clause: CONTRACT,
    why: 'Two files that name two keys as the one KEK cannot both be right, and the tool cannot know which one is.',
    ...attributes,
    without: 'the tool reads only the PEM',
    kek: async (keks) => ({ ...(await right(keks)), pem: (await keks.other()).pem }),
  },
  'kid-unversioned': {
    title: 'a kid without a version is refused',
    level: 'must',
    clause: BYOK_KEK,
    why: 'Without it the newest version is meant, and after a rotation that is another key than the one that was used.',
    kek: changed({ kid: VAULT_KID.replace(/\/[0-9a-f]{32}$/, '') }),
  },
  'kid-foreign-host': {
    title: 'a kid on a host that is no Key Vault and no Managed HSM is refused',
    level: 'should',
    clause: BYOK_KEK,
    why: 'The KEK lives in the vault into which the key goes. A foreign host is a slip, or an attempt.',
    kek: changed({ kid: VAULT_KID.replace('.vault.azure.net', '.vault.azure.net.example.org') }),
  },
  'aes-to-key-vault': {
    title: 'an AES key is not wrapped for a Key Vault',
    level: 'should',
    clause: 'Azure BYOK specification, supported key types',
    why: 'Key Vault keeps no AES keys; only a Managed HSM does. The key would leave its HSM for nothing.',
    needs: ({ oct }) => oct,
    without: 'the tool wraps no AES keys',
    target: 'aes',
  },
  'target-unextractable': {
    title: 'a key that must not leave its HSM is refused',
    level: 'must',
    clause: 'PKCS#11 3.1 section 4.9, CKA_EXTRACTABLE',
    why: 'Whoever made the key decided that it never leaves. A tool that wraps it all the same has found a way around the HSM.',
    target: 'unextractable',
  },
  'target-unknown': {
    title: 'a key that does not exist is refused',
    level: 'must',
    clause: CONTRACT,
    why: 'A slip in a name must not end in a blob of something else, nor in a crash.',
    target: 'unknown',
  },
  'out-exists': {
    title: 'a file that exists is not replaced',
    level: 'should',
    clause: CONTRACT,
    why: 'It may be the only blob of a key that has been destroyed since.',
    out: 'exists',
  },
  'out-no-folder': {
    title: 'a place that cannot be written to is refused',
    level: 'must',
    clause: CONTRACT,
    why: 'A tool that says that all is well, and has written nothing, costs a second walk across the air gap.',
    out: 'no-folder',
  },
} as const satisfies Readonly<Record<string, Refusal>>;

export interface RefuseCase extends SuiteCase {
  readonly refusal: Refusal;
}

export const REFUSE_CASES: readonly RefuseCase[] = Object.entries<Refusal>(REFUSALS).map(([name, refusal]) => ({
  id: `producer/refuse/${name}`,
  title: refusal.title,
  level: refusal.level,
  clause: refusal.clause,
  why: refusal.why,
  since: '0.1.0',
  cell: null,
  refusal,
}));

/** What is handed out in a refusal that is not about the KEK. */
export function usualKek(keks: RunKeks): Promise<HandedKek> {
  return right(keks);
}

/** A key whose private part nobody kept. */
const EC_KEY = {
  key: {
    kty: 'EC',
    crv: 'P-256',
    x: 'HBnCKCLi1-OSjDKlENe3ENhZrdf69PZjeDo7qMe4aFM',
    y: 'AAieLAvmswYI_FfBCOLlpnpni5Tpb0ElybJPUpTLrKU',
  },
  pem: '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHBnCKCLi1+OSjDKlENe3ENhZrdf6\n9PZjeDo7qMe4aFMACJ4sC+azBgj8V8EI4uWmemeLlOlvQSXJsk9SlMuspQ==\n-----END PUBLIC KEY-----\n',
};

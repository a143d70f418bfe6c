import type { JsonWebKey, KeyObject } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type Attributes, type Curve, EC_PARAMS, type ObjectHandle, type Session } from '@keyferry/pkcs11';
import { type PracticeKeyName, practiceKey } from './practice-keys.js';
import { mustRun } from './programs.js';
import type { HsmUnderTest } from './token.js';

/** How a key shall stand in the token. Attributes beside label and id are those of the private or secret object. */
export interface Placement extends Attributes {
  label: string;
  id: Buffer;
  /** False leaves out the public object of an RSA or EC key. */
  publicObject?: boolean;
}

export interface ProvisionedKey {
  /** The private or secret key. */
  readonly key: ObjectHandle;
  readonly publicKey: ObjectHandle | null;
}

/** Puts a practice key into the token: SENSITIVE and EXTRACTABLE, unless the placement says otherwise. */
export function provision(session: Session, name: PracticeKeyName, placement: Placement): ProvisionedKey {
  const { publicObject = true, ...attributes } = placement;
  const key = practiceKey(name);
  const secret = secretTemplate(name, key);
  try {
    return {
      key: session.create({ ...PROTECTED, ...secret, ...attributes }),
      publicKey:
        publicObject && key.type === 'private'
          ? session.create({ ...publicTemplate(name, key), label: attributes.label, id: attributes.id })
          : null,
    };
  } finally {
    for (const value of Object.values(secret)) if (Buffer.isBuffer(value)) value.fill(0);
  }
}

/** The same in a process of its own, for tests whose process must not load the module. */
export async function provisionToken(
  token: HsmUnderTest,
  placements: readonly ({ key: PracticeKeyName } & Placement)[],
): Promise<void> {
  const script = fileURLToPath(new URL('provision-token.ts', import.meta.url));
  await mustRun(process.execPath, ['--import', 'tsx', script], {
    env: token.env,
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    input: JSON.stringify({
      module: token.module,
      parameters: token.moduleParameters,
      label: token.label,
      pin: token.pin,
      placements,
    }),
  });
}

const PROTECTED: Attributes = { token: true, private: true, sensitive: true, extractable: true };

function secretTemplate(name: PracticeKeyName, key: KeyObject): Attributes {
  if (key.type === 'secret') {
    return { class: 'secret-key', keyType: 'AES', encrypt: true, decrypt: true, value: key.export() };
  }
  const jwk = key.export({ format: 'jwk' });
  if (jwk.kty === 'EC') {
    return {
      class: 'private-key',
      keyType: 'EC',
      sign: true,
      ecParams: Buffer.from(EC_PARAMS[curveOf(jwk)]),
      value: bytes(jwk.d),
    };
  }
  return {
    class: 'private-key',
    keyType: 'RSA',
    ...(name.startsWith('kek-') ? { unwrap: true, decrypt: true } : { sign: true, decrypt: true }),
    modulus: bytes(jwk.n),
    publicExponent: bytes(jwk.e),
    privateExponent: bytes(jwk.d),
    prime1: bytes(jwk.p),
    prime2: bytes(jwk.q),
    exponent1: bytes(jwk.dp),
    exponent2: bytes(jwk.dq),
    coefficient: bytes(jwk.qi),
  };
}

function publicTemplate(name: PracticeKeyName, key: KeyObject): Attributes {
  const jwk = key.export({ format: 'jwk' });
  const common: Attributes = { class: 'public-key', token: true, private: false };
  if (jwk.kty === 'EC') {
    const point = Buffer.concat([Buffer.of(4), bytes(jwk.x), bytes(jwk.y)]);
    const header = point.length < 128 ? [4, point.length] : [4, 0x81, point.length];
    const ecPoint = Buffer.concat([Buffer.from(header), point]);
    return { ...common, keyType: 'EC', verify: true, ecParams: EC_PARAMS[curveOf(jwk)], ecPoint };
  }
  const use = name.startsWith('kek-') ? { wrap: true, encrypt: true } : { verify: true, encrypt: true };
  return { ...common, ...use, keyType: 'RSA', modulus: bytes(jwk.n), publicExponent: bytes(jwk.e) };
}

function curveOf(jwk: JsonWebKey): Curve {
  return jwk.crv as Curve;
}

function bytes(base64url: string | undefined): Buffer {
  return Buffer.from(base64url ?? '', 'base64url');
}

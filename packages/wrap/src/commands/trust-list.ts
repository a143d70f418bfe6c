import type { Attributes, Session } from '@keyferry/pkcs11';
import { defineCommand } from '@keyferry/terminal';
import { moduleOptions, pinOptions, tokenOptions, tokenUri, withToken } from '@keyferry/token';
import { z } from 'zod';
import { TRUSTED_KINDS, type TrustedKey, trustedKeys } from '../trust/trusted-keys.js';

const flag = z.boolean().nullable();
const resultSchema = z.strictObject({
  token: z.strictObject({ label: z.string(), serial: z.string() }),
  /** False: nobody was logged in, and private objects could not be seen. */
  privateSeen: z.boolean(),
  /** No listed key opens a way to what it wraps. */
  safe: z.boolean(),
  keys: z.array(
    z.strictObject({
      /** An RSA public key may be a KEK, an AES key may be a wrapping key. */
      kind: z.enum(TRUSTED_KINDS),
      class: z.string(),
      keyType: z.string(),
      label: z.string(),
      /** CKA_ID in hex; empty when it has none. */
      id: z.string(),
      bits: z.int().nullable(),
      /** RFC 7638 thumbprint of an RSA public key. */
      thumbprint: z.string().nullable(),
      /** As the token shows them; null where it does not. */
      attributes: z.strictObject({
        wrap: flag,
        wrapWithTrusted: flag,
        modifiable: flag,
        copyable: flag,
        extractable: flag,
      }),
      /** Its attributes open no way to what it wraps. Whether a KEK is the right one, only its thumbprint tells. */
      safe: z.boolean(),
      /** Ways to what it wraps, for somebody who must not have it. */
      attacks: z.array(z.string()),
      /** Why keyferry-wrap cannot wrap under it. */
      obstacles: z.array(z.string()),
    }),
  ),
});
type Result = z.output<typeof resultSchema>;
type Listed = Result['keys'][number];

export const trustListCommand = defineCommand({
  name: 'trust list',
  summary: 'show the trusted keys of a token, and judge each',
  details:
    'Needs no login; with a PIN of the user it shows private objects too. One unsafe trusted key is a way to every key ' +
    'with CKA_WRAP_WITH_TRUSTED. Whether a KEK is the right one is for you to see: compare its thumbprint.',
  options: { ...tokenOptions, ...moduleOptions, ...pinOptions },
  examples: [['keyferry-wrap trust list --token prod --module /usr/lib/hsm.so', 'before a ceremony, and after it']],
  result: resultSchema,
  text: describeResult,
  async run(args, terminal) {
    const uri = tokenUri(args.token);
    const withPin = [args.pinFile, args.pinEnv, uri.pinSource].some((source) => source !== undefined);
    const list = async ({ token, session }: { token: Result['token']; session: Session }): Promise<Result> => {
      const keys = trustedKeys(session).map((key) => listed(session, key));
      const { label, serial } = token;
      return { token: { label, serial }, privateSeen: withPin, safe: keys.every(({ safe }) => safe), keys };
    };
    return { result: await withToken(uri, args, terminal, list, { as: withPin ? 'user' : 'nobody' }) };
  },
});

function listed(session: Session, { object, attacks, obstacles, thumbprint, ...key }: TrustedKey): Listed {
  const read = (name: keyof Attributes) => session.read(object, name) as boolean | null;
  return {
    ...key,
    thumbprint,
    attributes: {
      wrap: read('wrap'),
      wrapWithTrusted: read('wrapWithTrusted'),
      modifiable: read('modifiable'),
      copyable: read('copyable'),
      extractable: read('extractable'),
    },
    safe: attacks.length === 0,
    attacks: [...attacks],
    obstacles: [...obstacles],
  };
}

const KIND_NAMES: Readonly<Record<Listed['kind'], string>> = {
  kek: 'KEK',
  'wrapping-key': 'wrapping key',
  other: 'other key',
};

const SAFE: Readonly<Record<Listed['kind'], string>> = {
  kek: '  safe, if this is the thumbprint of your KEK: whoever holds another can open what is wrapped under it',
  'wrapping-key': '  safe',
  other: '  safe',
};

function describeResult({ token, keys, privateSeen }: Result): string {
  return [
    `token "${token.label}", serial ${token.serial}: ${keys.length} trusted ${keys.length === 1 ? 'key' : 'keys'}`,
    ...keys.flatMap(describeKey),
    ...(privateSeen ? [] : ['NOT CHECKED', '  - Private objects: nobody was logged in. Add --pin-file or --pin-env.']),
  ].join('\n');
}

function describeKey(key: Listed): string[] {
  const shown = Object.entries(key.attributes).filter(([, value]) => value !== null);
  return [
    `${KIND_NAMES[key.kind].padEnd(14)}"${key.label}" with id ${key.id || '(none)'}: ${key.keyType} ${key.bits ?? ''}`.trimEnd(),
    ...(key.thumbprint === null ? [] : [`  ${key.thumbprint}`]),
    `  ${shown.map(([name, value]) => `${name} ${value}`).join(', ')}`,
    ...(key.safe ? [SAFE[key.kind]] : key.attacks.map((attack) => `  NOT SAFE: ${attack}`)),
    ...key.obstacles.map((obstacle) => `  of no use: ${obstacle}`),
  ];
}

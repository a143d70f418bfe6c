import { z } from 'zod';

/** The version of docs/adapter-contract.md that this suite speaks. */
export const CONTRACT = '1';

/** How a command of an adapter ends; any other end is a crash. */
export const EXIT_MADE = 0;
export const EXIT_REFUSED = 1;
export const EXIT_UNSUPPORTED = 77;

export const KEK_SIZES = [2048, 3072, 4096] as const;
export type KekSize = (typeof KEK_SIZES)[number];

export const TARGET_NAMES = [
  'rsa-2048',
  'rsa-3072',
  'rsa-4096',
  'ec-p256',
  'ec-p384',
  'ec-p521',
  'ec-secp256k1',
  'aes-128',
  'aes-192',
  'aes-256',
] as const;
export type TargetName = (typeof TARGET_NAMES)[number];

/** The most bytes of one stream of the tool, of one line of `serve`, and of a file that it is judged by. */
export const MAX_OUTPUT_BYTES = 1024 * 1024;

const word = z.string().regex(/^[\x20-\x7e]{1,200}$/);
/** What names a key to the tool: no option, no line break. */
export const targetId = z.string().regex(/^[^-\s][^\p{Cc}]{0,199}$/u);
const targetName = z.enum(TARGET_NAMES);

function unique<T>(list: readonly T[]): boolean {
  return new Set(list).size === list.length;
}

/** What `CMD capabilities` prints. */
export const capabilitiesSchema = z
  .strictObject({
    contract: z.literal(CONTRACT),
    name: word,
    version: word,
    /** An absolute path; its SHA-256 stands in the report. */
    program: z.string().startsWith('/').optional(),
    keyTypes: z.array(targetName).min(1).refine(unique, 'each once'),
    kekSizes: z.array(z.literal(KEK_SIZES)).min(1).refine(unique, 'each once'),
    /** PKCS#11 mechanisms that it wraps with, or how else it does. For the report. */
    mechanisms: z.array(word).max(50),
    /** Wraps AES keys. */
    oct: z.boolean(),
    /** Reads kek.kek.json beside the PEM. */
    kekAttributes: z.boolean(),
    /** Compares the KEK with kek.thumbprint. */
    thumbprint: z.boolean(),
    /** Has the commands `provision` and `remove`. */
    provision: z.boolean(),
    /** Has the command `objects`. */
    objects: z.boolean(),
    /** Has the command `serve`. */
    serve: z.boolean().optional(),
    /** How many commands it bears at once; any number unless said. */
    lanes: z.int().min(1).optional(),
  })
  .refine(({ oct, keyTypes }) => oct === keyTypes.some((name) => name.startsWith('aes-')), {
    path: ['oct'],
    message: 'oct is true when keyTypes has AES keys, and only then',
  });

export type Capabilities = z.output<typeof capabilitiesSchema>;

/** The file of --targets: keys that the vendor made. */
export const targetsSchema = z.strictObject({
  schema: z.literal('keyferry/adapter-targets/1'),
  targets: z
    .array(
      z.strictObject({
        id: targetId,
        type: targetName,
        /** PEM (SubjectPublicKeyInfo) of an RSA or EC key. */
        publicKey: z.string().optional(),
        /** Key check value of an AES key: the first 3 bytes of an encryption of zeros, in lower-case hex. */
        kcv: z
          .string()
          .regex(/^[0-9a-f]{6}$/)
          .optional(),
        extractable: z.boolean(),
      }),
    )
    .max(1000),
});

export type TargetsFile = z.output<typeof targetsSchema>;

/** The file of --features: what of its capabilities a tool is put to. */
export const featuresSchema = z.strictObject({
  kekSizes: z.array(z.literal(KEK_SIZES)).min(1).refine(unique, 'each once').optional(),
  targets: z.array(targetName).min(1).refine(unique, 'each once').optional(),
  /** How many blobs each field of the matrix makes. */
  repeat: z.int().min(1).max(100).default(3),
});

export type Features = z.output<typeof featuresSchema>;

/** One line of `CMD serve`, to the adapter. */
export const serveRequestSchema = z.discriminatedUnion('do', [
  z.strictObject({ id: z.int(), do: z.literal('start'), contract: z.literal(CONTRACT) }),
  /** The words are those that would follow CMD. */
  z.strictObject({ id: z.int(), do: z.literal('run'), words: z.array(z.string()) }),
  z.strictObject({ id: z.int(), do: z.literal('stop') }),
]);

export type ServeRequest = z.output<typeof serveRequestSchema>;

/** One line of `CMD serve`, from the adapter. `id` is that of the request; the rest is what the command would give. */
export const serveReplySchema = z.strictObject({
  id: z.int(),
  exit: z.int(),
  stdout: z.string().optional(),
  stderr: z.string().optional(),
});

export type ServeReply = z.output<typeof serveReplySchema>;

/** The published schemas, by the name of their file. */
export function adapterSchemas(): Readonly<Record<string, object>> {
  return {
    'adapter-capabilities-1': z.toJSONSchema(capabilitiesSchema),
    'adapter-targets-1': z.toJSONSchema(targetsSchema),
    'adapter-features-1': z.toJSONSchema(featuresSchema, { io: 'input' }),
    'adapter-serve-request-1': z.toJSONSchema(serveRequestSchema),
    'adapter-serve-reply-1': z.toJSONSchema(serveReplySchema),
  };
}

import { z } from 'zod';

/** The largest file of vectors that is read, in bytes. */
export const MAX_VECTORS_BYTES = 16 * 1024 * 1024;

/** Where a blob is refused, in the order in which it is read; the stages of the cases. */
export const STAGES = [
  'envelope',
  'kid',
  'length',
  'oaep',
  'aes-size',
  'kwp',
  'encoding',
  'key-consistency',
  'policy',
] as const;
export type Stage = (typeof STAGES)[number];

const hex = z
  .string()
  .regex(/^(?:[0-9a-f]{2})*$/)
  .meta({ description: 'bytes in lower-case hex' });

/** As in Wycheproof; these of its names occur. */
const bugType = z.enum([
  'BASIC',
  'FUNCTIONALITY',
  'AUTH_BYPASS',
  'CAN_OF_WORMS',
  'EDGE_CASE',
  'LEGACY',
  'MALLEABILITY',
  'MISSING_STEP',
  'MODIFIED_PARAMETER',
  'WEAK_PARAMS',
  'WRONG_PRIMITIVE',
]);

const note = z.strictObject({
  bugType,
  description: z.string(),
  effect: z.string().optional().meta({ description: 'what an implementation that does it wrong suffers' }),
  cause: z.string().optional().meta({ description: 'what most likely made it so' }),
  mend: z.string().optional().meta({ description: 'what the maker of the blob does about it' }),
  links: z.array(z.string()).optional(),
});
export type Note = z.output<typeof note>;

const common = {
  tcId: z.int().min(1).meta({ description: 'from 1 on; unique in the file' }),
  comment: z.string(),
  flags: z.array(z.string()).meta({ description: 'names of notes' }),
  result: z.enum(['valid', 'invalid', 'acceptable']).meta({
    description: 'acceptable: what the service does is not known, or several readings of the standard exist',
  }),
  stage: z
    .enum(STAGES)
    .nullable()
    .meta({ description: 'where an implementation that refuses the test does so; null if the test is valid' }),
};

const kek = {
  keySize: z.union([z.literal(2048), z.literal(3072), z.literal(4096)]).meta({ description: 'bits of the modulus' }),
  privateKeyPem: z.string().meta({ description: 'PKCS#8, PEM' }),
  privateKeyPkcs8: hex.meta({ description: 'the same in DER' }),
};

const target = z.strictObject({
  type: z.enum(['RSA', 'EC', 'oct']),
  bits: z.int(),
  crv: z.enum(['P-256', 'P-384', 'P-521', 'secp256k1']).nullable(),
  thumbprint: z.string().nullable().meta({ description: 'RFC 7638, SHA-256, as a URI; null for an AES key' }),
});
export type VectorTarget = z.output<typeof target>;

const envelopeTest = z.strictObject({
  ...common,
  blob: hex.meta({ description: 'the bytes of the file NAME.byok' }),
  kid: z.string().optional().meta({ description: 'what is read, unless the test is invalid' }),
  ct: hex.optional().meta({ description: 'the ciphertext inside, unless the test is invalid' }),
});

const oaepTest = z.strictObject({ ...common, msg: hex, ct: hex });

const kwpTest = z.strictObject({ ...common, key: hex, msg: hex, ct: hex });

const compositeTest = z.strictObject({
  ...common,
  blob: z.string().meta({ description: 'the text of the file NAME.byok; its bytes are the UTF-8 of this' }),
});

const encodingTest = z.strictObject({ ...common, encoding: hex.meta({ description: 'what was wrapped' }) });

const envelopeGroup = z.strictObject({
  type: z.literal('KeyTransferBlobRead'),
  keySize: kek.keySize,
  tests: z.array(envelopeTest),
});

const oaepGroup = z.strictObject({
  type: z.literal('RsaesOaepDecrypt'),
  ...kek,
  sha: z.literal('SHA-1'),
  mgf: z.literal('MGF1'),
  mgfSha: z.literal('SHA-1'),
  label: z.literal(''),
  tests: z.array(oaepTest),
});

const kwpGroup = z.strictObject({
  type: z.literal('KeywrapTest'),
  keySize: z.union([z.literal(128), z.literal(192), z.literal(256)]).meta({ description: 'bits of the AES key' }),
  tests: z.array(kwpTest),
});

const compositeGroup = z.strictObject({
  type: z.literal('KeyTransferBlobOpen'),
  ...kek,
  target,
  msg: hex.meta({ description: 'what a valid blob of this group opens to' }),
  tests: z.array(compositeTest),
});

const encodingGroup = z.strictObject({
  type: z.literal('TargetKeyRead'),
  target,
  tests: z.array(encodingTest),
});

export type EnvelopeTest = z.output<typeof envelopeTest>;
export type OaepTest = z.output<typeof oaepTest>;
export type KwpTest = z.output<typeof kwpTest>;
export type CompositeTest = z.output<typeof compositeTest>;
export type EncodingTest = z.output<typeof encodingTest>;
export type Test = EnvelopeTest | OaepTest | KwpTest | CompositeTest | EncodingTest;
export type Group =
  | z.output<typeof envelopeGroup>
  | z.output<typeof oaepGroup>
  | z.output<typeof kwpGroup>
  | z.output<typeof compositeGroup>
  | z.output<typeof encodingGroup>;

function fileOf<G extends z.ZodType>(schema: string, algorithm: string, group: G) {
  return z.strictObject({
    algorithm: z.literal(algorithm),
    schema: z.literal(`${schema}.schema.json`),
    generatorVersion: z.string(),
    numberOfTests: z.int().min(1),
    header: z.array(z.string()),
    notes: z.record(z.string(), note),
    testGroups: z.array(group),
  });
}

/** The families by the name of their schema. */
export const FAMILIES = {
  'blob-envelope': fileOf('blob-envelope', 'Azure BYOK key transfer blob', envelopeGroup),
  'rsa-oaep-sha1-aes256': fileOf('rsa-oaep-sha1-aes256', 'RSAES-OAEP', oaepGroup),
  'aes-kwp': fileOf('aes-kwp', 'AES-KWP', kwpGroup),
  'rsa-aes-key-wrap': fileOf('rsa-aes-key-wrap', 'RSA_AES_KEY_WRAP', compositeGroup),
  'target-encoding': fileOf('target-encoding', 'PKCS#8', encodingGroup),
} as const;
export type FamilyName = keyof typeof FAMILIES;

const vectors = z
  .discriminatedUnion('schema', [
    FAMILIES['blob-envelope'],
    FAMILIES['rsa-oaep-sha1-aes256'],
    FAMILIES['aes-kwp'],
    FAMILIES['rsa-aes-key-wrap'],
    FAMILIES['target-encoding'],
  ])
  .superRefine((file, context) => {
    const tests: readonly Test[] = file.testGroups.flatMap((group): readonly Test[] => group.tests);
    if (tests.length !== file.numberOfTests) context.addIssue(`numberOfTests: found ${tests.length} tests`);
    if (tests.some(({ tcId }, index) => tcId !== index + 1)) context.addIssue('tcId: expected 1, 2, 3 and so on');
    const unknown = tests.flatMap(({ flags }) => flags).find((flag) => !Object.hasOwn(file.notes, flag));
    if (unknown !== undefined) context.addIssue(`flags: expected names of notes, found ${JSON.stringify(unknown)}`);
    const odd = tests.find(({ result, stage }) => (result === 'valid') !== (stage === null));
    if (odd !== undefined) context.addIssue(`tcId ${odd.tcId}: expected a stage unless the test is valid`);
  });
export type Vectors = z.output<typeof vectors>;

export const vectorsSchema: z.ZodType<Vectors> = vectors;

/** The published JSON Schemas (draft 2020-12) by file name. */
export function vectorSchemas(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(FAMILIES).map(([name, schema]) => [`${name}.schema.json`, z.toJSONSchema(schema)]),
  );
}

import type { Note } from '../../conformance/src/vectors/format.js';
import { TARGET_KEYS } from '../../test/support/practice-keys.js';
import { type Diagnosed, diagnosedBlobs, diagnosisNotes } from './diagnosed.js';
import { acceptable, type Draft, type DraftFile, hex, invalid, valid } from './draft.js';
import { ciphertextFor, HSM_KID, KEK_SIZES, type KekSize } from './practice.js';

const BYOK = 'https://learn.microsoft.com/azure/key-vault/keys/byok-specification';
const JSON_RFC = 'https://www.rfc-editor.org/rfc/rfc8259';
const BASE64_RFC = 'https://www.rfc-editor.org/rfc/rfc4648#section-5';

const NOTES: Readonly<Record<string, Note>> = {
  Normal: { bugType: 'BASIC', description: 'A blob as the specification shows it.', links: [BYOK] },
  OtherSpelling: {
    bugType: 'FUNCTIONALITY',
    description: 'The same JSON value in another spelling: white space, order of members, escapes.',
    links: [JSON_RFC],
  },
  Kid: { bugType: 'FUNCTIONALITY', description: 'A key identifier of one of the clouds of the service.' },
  NotUtf8: { bugType: 'FUNCTIONALITY', description: 'Bytes that are not UTF-8.', links: [`${JSON_RFC}#section-8.1`] },
  ByteOrderMark: {
    bugType: 'FUNCTIONALITY',
    description: 'A byte order mark before the object, as some editors and shells write it.',
    links: [`${JSON_RFC}#section-8.1`],
  },
  NotJson: { bugType: 'FUNCTIONALITY', description: 'Not one JSON text.', links: [JSON_RFC] },
  NoObject: { bugType: 'FUNCTIONALITY', description: 'A JSON text that is no object.' },
  DuplicateMember: {
    bugType: 'CAN_OF_WORMS',
    description: 'A member that stands twice.',
    effect: 'Two readers of one file see two blobs.',
    links: [`${JSON_RFC}#section-4`],
  },
  Member: { bugType: 'MODIFIED_PARAMETER', description: 'A member is missing or of another kind.', links: [BYOK] },
  UnknownMember: {
    bugType: 'CAN_OF_WORMS',
    description: 'A member that the specification does not name; what the service does with it is not known.',
  },
  Value: { bugType: 'MODIFIED_PARAMETER', description: 'A member whose value is fixed has another.', links: [BYOK] },
  Generator: {
    bugType: 'CAN_OF_WORMS',
    description: 'A generator that is too long to show, or steers a terminal.',
    effect: 'Who shows it unchecked lets the file write on the screen.',
  },
  Base64: {
    bugType: 'MODIFIED_PARAMETER',
    description: 'The ciphertext is no base64url.',
    effect: 'Decoders that pass over strange characters find other bytes.',
    links: [BASE64_RFC],
  },
  Base64Padding: {
    bugType: 'LEGACY',
    description: 'base64url with its padding: a blob like that was imported, but the specification has none.',
    links: [BASE64_RFC],
  },
  MalleableBase64: {
    bugType: 'MALLEABILITY',
    description: 'Bits that belong to no byte are set in the last character: several texts for one ciphertext.',
    links: [`${BASE64_RFC}#section-3.5`],
  },
  KidForm: {
    bugType: 'MODIFIED_PARAMETER',
    description: 'A key identifier of another form than https://HOST/keys/NAME/VERSION.',
    links: [BYOK],
  },
  KidHost: {
    bugType: 'AUTH_BYPASS',
    description: 'A host that is no vault of the service.',
    effect: 'A key is wrapped for, or sent to, somebody else.',
  },
  KidVersion: { bugType: 'MODIFIED_PARAMETER', description: 'No version, or none of 32 hex digits.', links: [BYOK] },
  Length: {
    bugType: 'EDGE_CASE',
    description: 'A ciphertext whose length no KEK of this size and no wrapped key add up to.',
    effect: 'Code that cuts it without a look reads beyond its end.',
  },
  OtherEncoding: {
    bugType: 'MODIFIED_PARAMETER',
    description:
      'The ciphertext in another encoding, whose characters all are base64url: only the length gives it away.',
  },
};

type EnvelopeDraft = Draft & { readonly blob: string; readonly kid?: string; readonly ct?: string };

export function envelopeFamily(): DraftFile {
  const faults = diagnosedBlobs(2048).filter(({ stage }) => ['envelope', 'kid', 'length'].includes(stage));
  return {
    schema: 'blob-envelope',
    algorithm: 'Azure BYOK key transfer blob',
    header: [
      'Test vectors of the file NAME.byok up to where its ciphertext is cut into halves: JSON, members, key identifier,',
      'base64url, lengths. No key is needed. `blob` holds the bytes of the file.',
    ],
    notes: { ...NOTES, ...diagnosisNotes(faults.map(({ id }) => id)) },
    testGroups: KEK_SIZES.map((keySize) => ({
      type: 'KeyTransferBlobRead',
      keySize,
      tests: [
        ...normal(keySize),
        ...lengths(keySize),
        ...(keySize === 2048
          ? [
              ...spellings(),
              ...kids(),
              ...bytesAndJson(),
              ...members(),
              ...values(),
              ...base64(),
              ...wrongKids(),
              ...diagnosed(faults),
            ]
          : []),
      ],
    })),
  };
}

function diagnosed(faults: readonly Diagnosed[]): EnvelopeDraft[] {
  return faults.map(({ draft, blob }) => ({ ...draft, blob: hex(blob) }));
}

const GENERATOR = 'vectors; practice keys in software';
const CT = ciphertextFor('ec-p256', 2048);
/** 296 bytes: in base64 their last character carries bits that belong to no byte. */
const PADDED_CT = ciphertextFor('aes-256', 2048);

interface Parts {
  readonly schema_version?: unknown;
  readonly header?: unknown;
  readonly ciphertext?: unknown;
  readonly generator?: unknown;
}

function object(parts: Parts = {}): Record<string, unknown> {
  const header = { kid: HSM_KID, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' };
  return { schema_version: '1.0.0', header, ciphertext: CT.toString('base64url'), generator: GENERATOR, ...parts };
}

function withHeader(parts: Record<string, unknown>): Record<string, unknown> {
  return object({ header: { ...(object().header as object), ...parts } });
}

/** Members that are undefined are left out. */
function file(value: unknown): { blob: string } {
  return text(JSON.stringify(value));
}

function text(json: string): { blob: string } {
  return { blob: hex(Buffer.from(json)) };
}

function read(ct: Buffer = CT, kid = HSM_KID) {
  return { kid, ct: hex(ct) };
}

function normal(keySize: KekSize): EnvelopeDraft[] {
  return TARGET_KEYS.map((name) => {
    const ct = ciphertextFor(name, keySize);
    const blob = file(object({ ciphertext: ct.toString('base64url') }));
    return valid(`the practice key ${name}`, 'Normal', { ...blob, ...read(ct) });
  });
}

function lengths(keySize: KekSize): EnvelopeDraft[] {
  const first = keySize / 8;
  const ct = ciphertextFor('rsa-2048', keySize);
  const wrong = [1, 8, first - 256 + 1, first - 1, first, first + 1, first + 7, first + 8, first + 15];
  const odd = [17, 20, 23, 25, 31, 33, 39, 100, 1223].map((rest) => first + rest);
  return [...new Set([...wrong, ...odd])].map((length) =>
    invalid(
      'length',
      `${length} bytes`,
      'Length',
      file(object({ ciphertext: ct.subarray(0, length).toString('base64url') })),
    ),
  );
}

function spellings(): EnvelopeDraft[] {
  const plain = JSON.stringify(object());
  const pretty = (space: string) => JSON.stringify(object(), null, space);
  const rotated = (by: number) => {
    const entries = Object.entries(object());
    return JSON.stringify(Object.fromEntries([...entries.slice(by), ...entries.slice(0, by)]));
  };
  const escaped = [...GENERATOR].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const other = (comment: string, json: string) => valid(comment, 'OtherSpelling', { ...text(json), ...read() });
  return [
    other('spaces', pretty('  ')),
    other('tabs', pretty('\t')),
    other('CRLF', pretty('  ').replaceAll('\n', '\r\n')),
    other('a line feed at the end', `${plain}\n`),
    other('white space before and after', `\r\n\t ${plain} \t\r\n`),
    ...[1, 2, 3].map((by) => other(`the members in another order (${by})`, rotated(by))),
    other('header.enc before header.kid', JSON.stringify(object({ header: reversed(object().header) }))),
    other('escaped slashes in the kid', plain.replaceAll('/', '\\/')),
    other('escaped letters in the name of a member', plain.replace('"kid"', '"\\u006b\\u0069\\u0064"')),
    other('escaped letters in the generator', plain.replace(GENERATOR, escaped.join(''))),
    other('no generator text', JSON.stringify(object({ generator: '' }))),
    other('a generator in another script', JSON.stringify(object({ generator: 'Schlüssel 鍵 🔑' }))),
    other('a generator of 1024 characters', JSON.stringify(object({ generator: 'x'.repeat(1024) }))),
    other('a generator with quotes and a backslash', JSON.stringify(object({ generator: '"\\"' }))),
  ];
}

function reversed(header: unknown): object {
  return Object.fromEntries(Object.entries(header as object).reverse());
}

const VERSION = '0123456789abcdef0123456789abcdef';

function kids(): EnvelopeDraft[] {
  const hosts = ['vault.azure.net', 'vault.usgovcloudapi.net', 'vault.azure.cn'].flatMap((host) => [
    host,
    host.replace('vault', 'managedhsm'),
  ]);
  const right = [
    ...hosts.map((host) => `https://bank-1.${host}/keys/kek/${VERSION}`),
    `https://b.vault.azure.net/keys/k/${VERSION}`,
    `https://bank.vault.azure.net/keys/${'k'.repeat(127)}/${VERSION}`,
    `https://bank.vault.azure.net/keys/-K-/${VERSION}`,
    `https://bank.vault.azure.net/keys/kek/${VERSION.toUpperCase()}`,
    `https://bank.vault.azure.net/keys/kek/${'0'.repeat(32)}`,
  ];
  return right.map((kid) => valid(kid.slice(0, 60), 'Kid', { ...file(withHeader({ kid })), ...read(CT, kid) }));
}

function bytesAndJson(): EnvelopeDraft[] {
  const plain = JSON.stringify(object());
  const bytes = Buffer.from(plain);
  const raw = (comment: string, flag: string, content: Uint8Array) =>
    invalid('envelope', comment, flag, { blob: hex(content) });
  const within = (part: Uint8Array) => {
    const [before = '', after = ''] = plain.split(GENERATOR);
    return Buffer.concat([Buffer.from(before), part, Buffer.from(after)]);
  };
  const json = (comment: string, content: string) => invalid('envelope', comment, 'NotJson', text(content));
  const none = (value: unknown) => invalid('envelope', JSON.stringify(value).slice(0, 30), 'NoObject', file(value));
  const twice = (comment: string, content: string) => invalid('envelope', comment, 'DuplicateMember', text(content));
  return [
    raw('ff in a text', 'NotUtf8', within(Buffer.of(0xff))),
    raw('Latin-1', 'NotUtf8', within(Buffer.of(0x53, 0xfc))),
    raw('an overlong slash', 'NotUtf8', within(Buffer.of(0xc0, 0xaf))),
    raw('a surrogate in UTF-8', 'NotUtf8', within(Buffer.of(0xed, 0xa0, 0x80))),
    raw('a character beyond U+10FFFF', 'NotUtf8', within(Buffer.of(0xf4, 0x90, 0x80, 0x80))),
    raw('a character cut short', 'NotUtf8', within(Buffer.of(0xe9, 0x8d))),
    raw('UTF-16, little endian', 'NotUtf8', Buffer.from(`\ufeff${plain}`, 'utf16le')),
    raw('UTF-16, big endian', 'NotUtf8', Buffer.from(`\ufeff${plain}`, 'utf16le').swap16()),
    raw('a byte order mark', 'ByteOrderMark', Buffer.from(`\ufeff${plain}`)),
    raw('two byte order marks', 'ByteOrderMark', Buffer.from(`\ufeff\ufeff${plain}`)),
    raw('zeros', 'NotJson', Buffer.alloc(64)),
    raw('the bytes of the ciphertext', 'NotUtf8', CT),
    ...Array.from({ length: 24 }, (_, index) => Math.floor((bytes.length * (index + 0.5)) / 24)).map((length) =>
      raw(`cut after ${length} of ${bytes.length} bytes`, 'NotJson', bytes.subarray(0, length)),
    ),
    json('the last brace is missing', plain.slice(0, -1)),
    json('the first brace is missing', plain.slice(1)),
    json('text after the object', `${plain}x`),
    json('a second object', plain + plain),
    json('a NUL at the end', `${plain}\0`),
    json('a NUL at the start', `\0${plain}`),
    json('a comma after the last member', plain.replace(/\}$/, ',}')),
    json('a comma before the first member', plain.replace('{', '{,')),
    json('two commas', plain.replace(',', ',,')),
    json('no comma', plain.replace(',', ' ')),
    json('single quotes', plain.replaceAll('"', "'")),
    json('names without quotes', plain.replace(/"(\w+)":/g, '$1:')),
    json('a comment', plain.replace('{', '{/* a blob */')),
    json('an equals sign in place of a colon', plain.replace(':', '=')),
    json('a tab in a text', plain.replace(GENERATOR, 'a\tb')),
    json('a line break in a text', plain.replace(GENERATOR, 'a\nb')),
    json('an escape that JSON does not have', plain.replace(GENERATOR, '\\x41')),
    json('a cut \\u escape', plain.replace(GENERATOR, '\\u00')),
    json('NaN', plain.replace(`"${GENERATOR}"`, 'NaN')),
    json('undefined', plain.replace(`"${GENERATOR}"`, 'undefined')),
    json('a no-break space between tokens', plain.replace('{', '{\u00a0')),
    json('the base64 text of the file', bytes.toString('base64')),
    json('the hex digits of the file', hex(bytes)),
    json('XML', '<blob><kid/></blob>'),
    json('the ciphertext alone', CT.toString('base64url')),
    none(null),
    none(true),
    none(1),
    none('1.0.0'),
    none([object()]),
    none(CT.toString('base64url')),
    ...Object.keys(object()).map((name) =>
      twice(`${name} twice, equal`, plain.replace('{', `{${JSON.stringify(name)}:${JSON.stringify(object()[name])},`)),
    ),
    twice('generator twice, different', plain.replace('{', '{"generator":"other",')),
    twice('generator twice, once escaped', plain.replace('{', '{"\\u0067enerator":"other",')),
    twice('header.kid twice', plain.replace('"alg"', `"kid":${JSON.stringify(HSM_KID)},"alg"`)),
    twice('header.alg twice, once escaped', plain.replace('"alg"', '"\\u0061lg":"dir","alg"')),
    twice('an unknown member twice', plain.replace('{', '{"x":1,"x":1,')),
  ];
}

function members(): EnvelopeDraft[] {
  const kinds: readonly (readonly [name: string, value: unknown])[] = [
    ['missing', undefined],
    ['null', null],
    ['a number', 1],
    ['true', true],
    ['an array', []],
    ['an object', {}],
  ];
  const wrong = (comment: string, value: unknown) => invalid('envelope', comment, 'Member', file(value));
  const unknown = (comment: string, value: unknown) =>
    acceptable('envelope', comment, 'UnknownMember', { ...file(value), ...read() });
  return [
    ...['schema_version', 'header', 'ciphertext', 'generator'].flatMap((name) =>
      kinds
        .filter(([kind]) => name !== 'header' || kind !== 'an object')
        .map(([kind, value]) => wrong(`${name} is ${kind}`, object({ [name]: value }))),
    ),
    ...['kid', 'alg', 'enc'].flatMap((name) =>
      kinds.map(([kind, value]) => wrong(`header.${name} is ${kind}`, withHeader({ [name]: value }))),
    ),
    wrong('header is a text', object({ header: 'dir' })),
    wrong('header is empty', object({ header: {} })),
    wrong('no members at all', {}),
    ...['Schema_Version', 'schemaVersion', 'schema-version'].map((name) =>
      wrong(`${name} in place of schema_version`, { ...object({ schema_version: undefined }), [name]: '1.0.0' }),
    ),
    wrong('Kid in place of kid', withHeader({ kid: undefined, Kid: HSM_KID })),
    wrong('the members of the header outside it', { ...object({ header: undefined }), ...(object().header as object) }),
    wrong('the object inside key_hsm', { key: { kty: 'EC-HSM', key_hsm: 'x' } }),
    unknown('a comment', { ...object(), comment: 'x' }),
    unknown('a typ in the header', withHeader({ typ: 'JWE' })),
    unknown('a member with an empty name', { ...object(), '': 1 }),
    unknown('a nested member', { ...object(), x: { y: [1, 2, { z: null }] } }),
    acceptable('envelope', 'a member called __proto__', 'UnknownMember', {
      ...text(JSON.stringify(object()).replace('{', '{"__proto__":{},')),
      ...read(),
    }),
  ];
}

function values(): EnvelopeDraft[] {
  const wrong = (comment: string, value: unknown) => invalid('envelope', comment, 'Value', file(value));
  const versions = ['', '1', '1.0', '1.0.1', '1.0.0 ', ' 1.0.0', '1.0.0.0', '2.0.0', 'v1.0.0', '1,0,0', '1.0.0\0'];
  const algs = ['', 'DIR', 'Dir', 'dir ', 'RSA-OAEP', 'RSA-OAEP-256', 'none', 'A256KW', 'RSA1_5'];
  const encs = [
    ...['', 'CKM_RSA_AES_KEY_WRAP ', 'ckm_rsa_aes_key_wrap', 'RSA_AES_KEY_WRAP', 'CKM_RSA_AES_KEY_WRAP_PAD'],
    ...['CKM_RSA_PKCS_OAEP', 'RSA_AES_KEY_WRAP_256', '0x1054', 'A256GCM', 'CKM_AES_KEY_WRAP_KWP'],
  ];
  const generators = ['\u001b[2J', 'a\u0000b', 'a\nb', '\u202egenerator', '\u2028', '\u200b', 'x'.repeat(1025)];
  return [
    ...versions.map((version) =>
      wrong(`schema_version ${JSON.stringify(version)}`, object({ schema_version: version })),
    ),
    ...algs.map((alg) => wrong(`alg ${JSON.stringify(alg)}`, withHeader({ alg }))),
    ...encs.map((enc) => wrong(`enc ${JSON.stringify(enc)}`, withHeader({ enc }))),
    ...generators.map((generator) =>
      acceptable('envelope', `generator ${JSON.stringify(generator).slice(0, 30)}`, 'Generator', {
        ...file(object({ generator })),
        ...read(),
      }),
    ),
  ];
}

function base64(): EnvelopeDraft[] {
  const [spelt, padded] = [CT.toString('base64url'), PADDED_CT.toString('base64url')];
  const wrong = (comment: string, ciphertext: string, flag = 'Base64') =>
    invalid('envelope', comment, flag, file(object({ ciphertext })));
  const lines = (text: string, lineBreak: string) => text.replace(/.{64}/g, `$&${lineBreak}`);
  const last = (by: number) => `${padded.slice(0, -1)}${following(padded.at(-1) ?? '', by)}`;
  const disguised = (comment: string, ciphertext: string) =>
    invalid('length', comment, 'OtherEncoding', file(object({ ciphertext })));
  return [
    wrong('empty', ''),
    wrong('standard base64', CT.toString('base64')),
    wrong('one + in place of -', spelt.replace('-', '+')),
    wrong('one / in place of _', spelt.replace('_', '/')),
    wrong('a line feed at the end', `${spelt}\n`),
    wrong('line feeds', lines(spelt, '\n')),
    wrong('CRLF', lines(spelt, '\r\n')),
    wrong('a space at the start', ` ${spelt}`),
    wrong('a tab inside', `${spelt.slice(0, 100)}\t${spelt.slice(100)}`),
    wrong('spaces in place of +', CT.toString('base64').replaceAll('+', ' ')),
    wrong('a dot', `${spelt.slice(0, 100)}.${spelt.slice(101)}`),
    wrong('a NUL', `${spelt.slice(0, 100)}\0${spelt.slice(101)}`),
    wrong('a letter of another script', `${spelt.slice(0, 100)}а${spelt.slice(101)}`),
    wrong('percent signs', `${spelt.slice(0, 100)}%2B${spelt.slice(101)}`),
    wrong('a colon between the halves', `${spelt.slice(0, 342)}:${spelt.slice(342)}`),
    wrong(
      'a dot between the halves',
      `${CT.subarray(0, 256).toString('base64url')}.${CT.subarray(256).toString('base64url')}`,
    ),
    wrong('a character that spells no byte', `${spelt}A`),
    wrong('padding where there is none to be', `${spelt}=`),
    wrong('four =', `${spelt}====`),
    wrong('too much padding', `${padded}==`),
    wrong('= in the middle', `${spelt.slice(0, 100)}=${spelt.slice(101)}`),
    ...[1, 2, 3].map((by) => wrong(`stray bits in the last character (${by})`, last(by), 'MalleableBase64')),
    acceptable('envelope', 'padding', 'Base64Padding', {
      ...file(object({ ciphertext: `${padded}=` })),
      ...read(PADDED_CT),
    }),
    disguised('hex digits', hex(CT)),
    disguised('hex digits in capitals', hex(CT).toUpperCase()),
    disguised('base64url of the base64url', Buffer.from(padded).toString('base64url')),
    disguised('the last four characters cut off', spelt.slice(0, -4)),
  ];
}

/** The character so many places further on in the alphabet of base64url. */
function following(character: string, by: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(character) + by] ?? '';
}

function wrongKids(): EnvelopeDraft[] {
  const host = 'bank.managedhsm.azure.net';
  const base = `https://${host}/keys/kek`;
  const wrong = (flag: string) => (kid: string) =>
    invalid('kid', JSON.stringify(kid).slice(0, 70), flag, file(withHeader({ kid })));
  return [
    ...[
      '',
      'kek',
      VERSION,
      `${host}/keys/kek/${VERSION}`,
      `//${host}/keys/kek/${VERSION}`,
      `http://${host}/keys/kek/${VERSION}`,
      `HTTPS://${host}/keys/kek/${VERSION}`,
      `ftp://${host}/keys/kek/${VERSION}`,
      `https:/${host}/keys/kek/${VERSION}`,
      `https://${host}:443/keys/kek/${VERSION}`,
      `https://me@${host}/keys/kek/${VERSION}`,
      `https://${host}//keys/kek/${VERSION}`,
      `https://${host}/Keys/kek/${VERSION}`,
      `https://${host}/secrets/kek/${VERSION}`,
      `https://${host}/certificates/kek/${VERSION}`,
      `https://${host}/deletedkeys/kek/${VERSION}`,
      `https://${host}/kek/${VERSION}`,
      `https://${host}/keys/${VERSION}/`,
      `https://${host}/keys//${VERSION}`,
      `https://${host}/keys/k_k/${VERSION}`,
      `https://${host}/keys/k.k/${VERSION}`,
      `https://${host}/keys/k%20k/${VERSION}`,
      `https://${host}/keys/../${VERSION}`,
      `https://${host}/keys/${'k'.repeat(128)}/${VERSION}`,
      `https://${host}/keys/schlüssel/${VERSION}`,
      `${base}/${VERSION}?api-version=7.4`,
      `${base}/${VERSION}#x`,
      `${base}/${VERSION}/import`,
      ` ${base}/${VERSION}`,
      `${base}\\${VERSION}`,
      `urn:ietf:params:oauth:jwk-thumbprint:sha-256:${VERSION}`,
    ].map(wrong('KidForm')),
    ...[
      'vault.azure.net',
      'managedhsm.azure.net',
      'example.com',
      'localhost',
      '127.0.0.1',
      'bank.vault.azure.net.example.com',
      'bank.vault.azure.com',
      'bank.vault.azure.net.',
      'bank.evilvault.azure.net',
      'bankvault.azure.net',
      'a.bank.vault.azure.net',
      '-bank.vault.azure.net',
      'bank-.vault.azure.net',
      '.vault.azure.net',
      'bank.privatelink.vaultcore.azure.net',
      'bank.blob.core.windows.net',
      'bank.vault.microsoftazure.de',
      `${'b'.repeat(64)}.vault.azure.net`,
    ].map((other) => wrong('KidHost')(`https://${other}/keys/kek/${VERSION}`)),
    ...[
      base,
      `${base}/`,
      `${base}/${VERSION.slice(1)}`,
      `${base}/${VERSION}0`,
      `${base}/${VERSION.slice(1)}g`,
      `${base}/${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}`,
      `${base}/latest`,
      `${base}/1`,
    ].map(wrong('KidVersion')),
  ];
}

import test from 'ava';
import { EVIDENCE_CHECKS, judgeEvidence } from '../src/evidence/index.js';
import { readSpyLog } from '../src/evidence/read-spy-log.js';
import { dumped, type SpyTextCall, spyText } from './support/spy-text.js';

// What SoftHSM2 would never do, as a log would show it.

const MODULUS = Uint8Array.from({ length: 256 }, (_, at) => at + 1);
const EXPONENT = Uint8Array.of(1, 0, 1);
const WRAPPED_AES = Uint8Array.from({ length: 256 }, (_, at) => 255 - at);
const WRAPPED_TARGET = Uint8Array.from({ length: 40 }, (_, at) => at * 3);

const SESSION = '[in] hSession = 0x1';

/** The calls of a right transfer; each can be changed, and others put before the sessions are closed. */
function transfer({
  kekOrigin = createKek(),
  oaep = { hash: 'CKM_SHA_1', mgf: 'CKG_MGF1_SHA1', label: new Uint8Array(0) },
  aes = [
    '    CKA_TOKEN             False',
    dumped('    CKA_VALUE_LEN        ', Uint8Array.of(32, 0, 0, 0, 0, 0, 0, 0)),
  ],
  more = [],
}: {
  kekOrigin?: readonly SpyTextCall[];
  oaep?: { hash: string; mgf: string; label: Uint8Array };
  aes?: readonly (string | Buffer)[];
  more?: readonly SpyTextCall[];
} = {}): SpyTextCall[] {
  return [
    { name: 'C_OpenSession', lines: ['[in] slotID = 0x5', '[out] *phSession = 0x1'] },
    {
      name: 'C_Login',
      lines: [SESSION, '[in] userType = CKU_USER', dumped('[in] pPin[ulPinLen]', Buffer.from('1234'))],
    },
    ...find('0x2', 'CKO_PRIVATE_KEY'),
    ...kekOrigin,
    {
      name: 'C_GenerateKey',
      lines: [SESSION, '[in] pMechanism->type = CKM_AES_KEY_GEN', '[in] pTemplate[2]: ', ...aes, '[out] hKey = 0x4'],
    },
    {
      name: 'C_WrapKey',
      lines: [
        ...[SESSION, '[in] pMechanism->type = 0x0000210A', '[in] hWrappingKey = 0x4', '[in] hKey = 0x2'],
        dumped('[out] pWrappedKey[*pulWrappedKeyLen]', WRAPPED_TARGET),
      ],
    },
    {
      name: 'C_WrapKey',
      lines: [
        ...[SESSION, '[in] pMechanism->type = CKM_RSA_PKCS_OAEP            '],
        `[in] pMechanism->pParameter->hashAlg = ${oaep.hash}`,
        `[in] pMechanism->pParameter->mgf = ${oaep.mgf}  `,
        '[in] pMechanism->pParameter->source = 1',
        dumped('[in] pMechanism->pParameter->pSourceData[ulSourceDalaLen]', oaep.label),
        ...['[in] hWrappingKey = 0x3', '[in] hKey = 0x4'],
        dumped('[out] pWrappedKey[*pulWrappedKeyLen]', WRAPPED_AES),
      ],
    },
    ...more,
    { name: 'C_DestroyObject', lines: [SESSION, '[in] hObject = 0x4'] },
    { name: 'C_CloseSession', lines: [SESSION] },
  ];
}

function find(handle: string, type: string): SpyTextCall[] {
  return [
    { name: 'C_FindObjectsInit', lines: [SESSION, '[in] pTemplate[1]: ', `    CKA_CLASS             ${type}       `] },
    { name: 'C_FindObjects', lines: [SESSION, '[out] ulObjectCount = 0x1', `Object ${handle} matches`] },
  ];
}

function createKek(modulus: Uint8Array = MODULUS, exponent: Uint8Array = EXPONENT): SpyTextCall[] {
  return [
    {
      name: 'C_CreateObject',
      lines: [
        ...[SESSION, '[in] pTemplate[4]: ', '    CKA_CLASS             CKO_PUBLIC_KEY       '],
        ...['    CKA_TOKEN             False', dumped('    CKA_MODULUS          ', modulus)],
        ...[dumped('    CKA_PUBLIC_EXPONENT  ', exponent), '[out] *phObject = 0x3'],
      ],
    },
  ];
}

function reading(
  handle: string,
  name: string,
  place: string,
  answer: readonly (string | Buffer)[],
  returned = '0 CKR_OK',
): SpyTextCall {
  return {
    name: 'C_GetAttributeValue',
    lines: [
      SESSION,
      `[in] hObject = ${handle}`,
      '[in] pTemplate[1]: ',
      `    ${name.padEnd(21)} ${place}`,
      '[out] pTemplate[1]: ',
      ...answer,
    ],
    returned,
  };
}

const PLACE = '0000000021cf74d0 / 32';
const NO_PLACE = '0000000000000000 / 0';

function judged(calls: readonly SpyTextCall[], ciphertexts = [Buffer.concat([WRAPPED_AES, WRAPPED_TARGET])]) {
  return judgeEvidence(readSpyLog(spyText(calls)), { kek: { modulus: MODULUS, exponent: EXPONENT }, ciphertexts });
}

/** Every finding that is no pass: level and id. */
function exceptions(calls: readonly SpyTextCall[]): string[] {
  return judged(calls).flatMap(({ id, level }) =>
    level === 'pass' ? [] : [`${level} ${id.replace('evidence/', '')}`],
  );
}

test('the right calls pass every check', (t) => {
  const findings = judged(transfer());
  t.deepEqual(
    findings.map(({ id, level }) => `${level} ${id}`),
    Object.keys(EVIDENCE_CHECKS).map((id) => `pass ${id}`),
  );
});

const WRONG_OAEP = {
  'SHA-256': { hash: 'CKM_SHA256', mgf: 'CKG_MGF1_SHA1', label: new Uint8Array(0) },
  'MGF1 with SHA-256': { hash: 'CKM_SHA_1', mgf: 'CKG_MGF1_SHA256', label: new Uint8Array(0) },
  'a label': { hash: 'CKM_SHA_1', mgf: 'CKG_MGF1_SHA1', label: Buffer.from('azure') },
};

for (const [what, oaep] of Object.entries(WRONG_OAEP)) {
  test(`OAEP with ${what} is seen in the parameters of the mechanism`, (t) => {
    t.deepEqual(exceptions(transfer({ oaep })), ['fail oaep-parameters']);
  });
}

test('a wrapping key with another modulus or exponent is not the KEK; leading zeros make no difference', (t) => {
  const other = Uint8Array.from(MODULUS).fill(7, 200, 201);
  t.deepEqual(exceptions(transfer({ kekOrigin: createKek(other) })), ['fail kek-as-given']);
  t.deepEqual(exceptions(transfer({ kekOrigin: createKek(MODULUS, Uint8Array.of(3)) })), ['fail kek-as-given']);
  const zeros = createKek(Buffer.concat([Buffer.alloc(1), MODULUS]), Uint8Array.of(0, 1, 0, 1));
  t.deepEqual(exceptions(transfer({ kekOrigin: zeros })), []);
});

test('a KEK that stood in the token must be seen to be the given one, and trusted', (t) => {
  const modulus = reading('0x3', 'CKA_MODULUS', PLACE, [dumped('    CKA_MODULUS          ', MODULUS)]);
  const trusted = (value: number) =>
    reading('0x3', 'CKA_TRUSTED', PLACE, [dumped('    CKA_TRUSTED          ', Uint8Array.of(value))]);
  const found = find('0x3', 'CKO_PUBLIC_KEY');
  t.deepEqual(exceptions(transfer({ kekOrigin: [...found, modulus, trusted(1)] })), []);
  t.deepEqual(exceptions(transfer({ kekOrigin: [...found, modulus, trusted(0)] })), [
    'warn kek-session-object-or-trusted',
  ]);
  t.deepEqual(exceptions(transfer({ kekOrigin: found })), [
    'not-checked kek-as-given',
    'not-checked kek-session-object-or-trusted',
  ]);
});

const PRIVATE_NAMES = [
  'VALUE',
  'PRIVATE_EXPONENT',
  'PRIME_1',
  'PRIME_2',
  'EXPONENT_1',
  'EXPONENT_2',
  'COEFFICIENT',
  'SEED',
];

for (const short of PRIVATE_NAMES) {
  test(`CKA_${short}: read is a failure, asked for in vain a warning, its length nothing`, (t) => {
    const name = `CKA_${short}`;
    const line = `    ${name.padEnd(21)}`;
    const read = reading('0x2', name, PLACE, [dumped(line, Buffer.alloc(32, 1))]);
    const refused = reading('0x2', name, PLACE, [`${line} 0000000021cf74d0 / -1`], '17 CKR_ATTRIBUTE_SENSITIVE');
    const length = reading('0x2', name, NO_PLACE, [`${line} 0000000000000000 / 32`]);
    t.deepEqual(exceptions(transfer({ more: [length, read] })), ['fail no-private-value-read']);
    t.deepEqual(exceptions(transfer({ more: [refused] })), ['warn no-private-value-read']);
    t.deepEqual(exceptions(transfer({ more: [length] })), []);
  });
}

test('the value of what is no key may be read; that of an object nobody knows the class of may not', (t) => {
  const read = (handle: string) =>
    reading(handle, 'CKA_VALUE', PLACE, [dumped('    CKA_VALUE            ', Buffer.alloc(32, 1))]);
  t.deepEqual(exceptions(transfer({ more: [...find('0x9', 'CKO_CERTIFICATE'), read('0x9')] })), []);
  t.deepEqual(exceptions(transfer({ more: [read('0x9')] })), ['fail no-private-value-read']);
});

test('to try a change of the target is a warning, to make it a failure, by any call', (t) => {
  for (const name of ['C_SetAttributeValue', 'C_CopyObject']) {
    const lines = [SESSION, '[in] hObject = 0x2', '[in] pTemplate[1]: ', '    CKA_EXTRACTABLE       True'];
    t.deepEqual(exceptions(transfer({ more: [{ name, lines }] })), ['fail target-unchanged'], name);
    const refused = { name, lines, returned: '16 CKR_ATTRIBUTE_READ_ONLY' };
    t.deepEqual(exceptions(transfer({ more: [refused] })), ['warn target-unchanged'], name);
  }
});

const OTHER_USES: Readonly<Record<string, string>> = {
  C_EncryptInit: 'hKey',
  C_DecryptInit: 'hKey',
  C_SignInit: 'hKey',
  C_DigestKey: 'hKey',
  C_DeriveKey: 'hBaseKey',
  C_UnwrapKey: 'hUnwrappingKey',
  C_CopyObject: 'hObject',
  C_SetAttributeValue: 'hObject',
};

for (const [name, parameter] of Object.entries(OTHER_USES)) {
  test(`an AES key that ${name} names is used otherwise`, (t) => {
    const call = { name, lines: [SESSION, `[in] ${parameter} = 0x4`] };
    t.deepEqual(exceptions(transfer({ more: [call] })), ['fail aes-not-used-otherwise']);
  });
}

test('an object that a handle meant before it was destroyed is not the one that it means now', (t) => {
  const kek = createKek();
  const destroyed = { name: 'C_DestroyObject', lines: [SESSION, '[in] hObject = 0x3'] };
  t.deepEqual(exceptions(transfer({ kekOrigin: [...createKek(Uint8Array.of(9, 9)), destroyed, ...kek] })), []);
});

test('blobs that share an AES key are told, and which of several are wrong', (t) => {
  const ciphertext = Buffer.concat([WRAPPED_AES, WRAPPED_TARGET]);
  const twice = judged(transfer(), [ciphertext, ciphertext]);
  t.deepEqual(
    twice.filter(({ level }) => level !== 'pass').map(({ id, actual }) => `${id}: ${actual}`),
    ['evidence/aes-not-reused: it is the AES key of 2 blobs'],
  );
  const other = judged(transfer(), [ciphertext, Buffer.alloc(300)]).find(({ id }) => id === 'evidence/wrap-key-used');
  t.is(other?.actual, 'no C_WrapKey gave the wrapped AES key, and none the wrapped target key (in 1 of 2 blobs)');
});

test('calls that overlap prove nothing: one warning, and no other word', (t) => {
  const log = spyText(transfer());
  const twice = readSpyLog(Buffer.concat([log.subarray(0, log.indexOf('Returned')), log]));
  const findings = judgeEvidence(twice, { kek: { modulus: MODULUS, exponent: EXPONENT }, ciphertexts: [WRAPPED_AES] });
  t.deepEqual(
    findings.map(({ id, level }) => `${level} ${id}`),
    ['warn evidence/log'],
  );
});

test('an object that an earlier program of a script left and a later one destroyed is not told apart', (t) => {
  const [open, login] = transfer() as [SpyTextCall, SpyTextCall];
  const first = spyText([
    ...[open, login],
    {
      name: 'C_GenerateKey',
      lines: [SESSION, '[in] pTemplate[1]: ', '    CKA_TOKEN             True', '[out] hKey = 0x8'],
    },
    { name: 'C_Finalize' },
  ]);
  const second = spyText([
    open,
    login,
    { name: 'C_DestroyObject', lines: [SESSION, '[in] hObject = 0x2'] },
    { name: 'C_Finalize' },
  ]);
  const levels = (log: Buffer) =>
    judgeEvidence(readSpyLog(log), { kek: { modulus: MODULUS, exponent: EXPONENT }, ciphertexts: [] })
      .filter(({ level }) => level !== 'pass')
      .map(({ id, level }) => `${level} ${id}`);
  t.deepEqual(levels(Buffer.concat([first, second])), ['not-checked evidence/nothing-left']);
  t.deepEqual(levels(first), ['fail evidence/nothing-left']);
});

test('a logout or the end of the last session takes a login back', (t) => {
  const [open, login] = transfer() as [SpyTextCall, SpyTextCall];
  const wrong = (calls: readonly SpyTextCall[]) =>
    judgeEvidence(readSpyLog(spyText(calls)), { kek: { modulus: MODULUS, exponent: EXPONENT }, ciphertexts: [] })
      .filter(({ level }) => level === 'fail')
      .map(({ actual }) => actual);
  t.deepEqual(wrong([open, login]), ['1 of 1 sessions left open, still logged in']);
  t.deepEqual(wrong([open, login, { name: 'C_Logout', lines: [SESSION] }]), ['1 of 1 sessions left open']);
  t.deepEqual(wrong([open, login, { name: 'C_CloseAllSessions', lines: ['[in] slotID = 0x5'] }]), []);
  t.deepEqual(wrong([open, login, { name: 'C_Finalize' }]), []);
});

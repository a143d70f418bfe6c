import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { privateFolder } from '../../test/support/folder.js';
import { cutLog } from '../src/evidence/cut-log.js';
import { readSpyLog, readSpyLogFile } from '../src/evidence/read-spy-log.js';
import { findSpy, openSpyLog } from '../src/evidence/spy-log-file.js';
import { dumped, type SpyTextCall, spyText, textOfCall } from './support/spy-text.js';

const OPEN: SpyTextCall = {
  name: 'C_OpenSession',
  lines: ['[in] slotID = 0x33226047', '[in] flags = 0x6', '[in] pApplication = (nil)', '[out] *phSession = 0x1'],
};

/** The calls that take PINs. */
const PIN_CALLS: Readonly<Record<string, (first: Uint8Array, second: Uint8Array) => SpyTextCall['lines']>> = {
  C_Login: (pin) => ['[in] hSession = 0x1', '[in] userType = CKU_USER', dumped('[in] pPin[ulPinLen]', pin)],
  C_LoginUser: (pin, name) => [
    '[in] hSession = 0x1',
    '[in] userType = CKU_USER',
    dumped('[in] pPin[ulPinLen]', pin),
    dumped('[in] pUsername[ulUsernameLen]', name),
  ],
  C_InitPIN: (pin) => ['[in] hSession = 0x1', dumped('[in] pPin[ulPinLen]', pin)],
  C_SetPIN: (from, to) => [
    '[in] hSession = 0x1',
    dumped('[in] pOldPin[ulOldLen]', from),
    dumped('[in] pNewPin[ulNewLen]', to),
  ],
  C_InitToken: (pin) => ['[in] slotID = 0x1', dumped('[in] pPin[ulPinLen]', pin)],
};

/** Bytes that look like what a log is made of are as likely as others. */
const pin = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .constantFrom('Returned:  0', '5: C_Login', '[in] hKey = 0x5', 'CKA_VALUE', '\n[in] hKey = 0x7\n', '00000000  41')
    .map((text) => Uint8Array.from(Buffer.from(text))),
);
const pinCall = fc.constantFrom(...Object.keys(PIN_CALLS));

function logWith(name: string, first: Uint8Array, second: Uint8Array): Buffer {
  return spyText([OPEN, { name, lines: PIN_CALLS[name]?.(first, second) ?? [] }, { name: 'C_Finalize' }]);
}

test('whatever the PINs are, the calls and the cut log are the same', (t) => {
  fc.assert(
    fc.property(pinCall, pin, pin, pin, pin, (name, a, b, c, d) => {
      const [one, other] = [readSpyLog(logWith(name, a, b)), readSpyLog(logWith(name, c, d))];
      t.deepEqual(one, other);
      t.is(cutLog(one), cutLog(other));
      t.is(one.calls.length, 3);
      t.deepEqual(one.disorder, []);
    }),
  );
});

test('a PIN between whose lines another program writes is in no cut log, for there is none', (t) => {
  const other = fc.constantFrom(spyText([OPEN]), textOfCall(OPEN, 1), textOfCall(OPEN, 2), textOfCall(OPEN, 7));
  fc.assert(
    fc.property(pinCall, pin, other, fc.nat(), (name, secret, inserted, place) => {
      const log = logWith(name, secret, secret);
      const from = log.indexOf(`1: ${name}\n`) + name.length + 4;
      const at = from + (place % (log.lastIndexOf('Returned', log.lastIndexOf(': C_Finalize')) - from));
      const read = readSpyLog(Buffer.concat([log.subarray(0, at), inserted, log.subarray(at)]));
      t.true(read.disorder.includes('the calls of several threads or processes overlap'));
      t.is(cutLog(read), null);
    }),
  );
});

test('the values of a key are in no call and no cut log, whatever they are and wherever they stand', (t) => {
  const value = fc.uint8Array({ minLength: 1, maxLength: 300 });
  const name = fc.constantFrom(
    'VALUE',
    'PRIVATE_EXPONENT',
    'PRIME_1',
    'PRIME_2',
    'EXPONENT_1',
    'EXPONENT_2',
    'COEFFICIENT',
    'SEED',
  );
  const log = (attribute: string, bytes: Uint8Array) =>
    readSpyLog(
      spyText([
        OPEN,
        {
          name: 'C_CreateObject',
          lines: [
            '[in] hSession = 0x1',
            '[in] pTemplate[1]: ',
            dumped(`    CKA_${attribute.padEnd(17)}`, bytes),
            '[out] *phObject = 0x2',
          ],
        },
        {
          name: 'C_GetAttributeValue',
          lines: [
            '[in] hSession = 0x1',
            '[in] hObject = 0x2',
            '[in] pTemplate[1]: ',
            `    CKA_${attribute.padEnd(17)} 0000000021c50040 / ${bytes.length}`,
            '[out] pTemplate[1]: ',
            dumped(`    CKA_${attribute.padEnd(17)}`, bytes),
          ],
        },
        {
          name: 'C_Decrypt',
          lines: [
            '[in] hSession = 0x1',
            dumped('[in] pEncryptedData[ulEncryptedDataLen]', bytes),
            dumped('[out] pData[*pulDataLen]', bytes),
          ],
        },
      ]),
    );
  fc.assert(
    fc.property(name, value, (attribute, bytes) => {
      const read = log(attribute, bytes);
      const zeros = log(attribute, new Uint8Array(bytes.length));
      t.deepEqual(read, zeros);
      t.is(cutLog(read), cutLog(zeros));
      t.is(read.calls[2]?.answered[0]?.bytes, bytes.length);
    }),
  );
});

test('what was wrapped leaves the reader as its length and SHA-256', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 600 }), (bytes) => {
      const { calls } = readSpyLog(
        spyText([{ name: 'C_WrapKey', lines: [dumped('[out] pWrappedKey[*pulWrappedKeyLen]', bytes)] }]),
      );
      t.deepEqual(calls[0]?.wrapped, { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
    }),
  );
});

test('public attributes come with their values: flags, names, lengths, modulus and exponent', (t) => {
  const { calls } = readSpyLog(
    spyText([
      {
        name: 'C_CreateObject',
        lines: [
          '[in] pTemplate[6]: ',
          '    CKA_CLASS             CKO_PUBLIC_KEY       ',
          '    CKA_TOKEN             False',
          dumped(
            '    CKA_MODULUS          ',
            Uint8Array.from({ length: 33 }, (_, at) => at),
          ),
          dumped('    CKA_TRUSTED          ', Uint8Array.of(1)),
          dumped('    CKA_VALUE_LEN        ', Uint8Array.of(32, 0, 0, 0, 0, 0, 0, 0)),
          '    CKA_LABEL             0000000021cf74d0 / 4\n    6B657966\n     k e y f\n    ',
          '    CKA_? (0x00000004)    0000000000000000 / -1',
        ],
      },
    ]),
  );
  t.deepEqual(
    calls[0]?.given.pTemplate?.map(({ name, value }) => [name, value]),
    [
      ['CKA_CLASS', 'CKO_PUBLIC_KEY'],
      ['CKA_TOKEN', false],
      ['CKA_MODULUS', Buffer.from(Uint8Array.from({ length: 33 }, (_, at) => at)).toString('hex')],
      ['CKA_TRUSTED', true],
      ['CKA_VALUE_LEN', 32],
      ['CKA_LABEL', null],
      ['CKA_? (0x00000004)', null],
    ],
  );
});

test('a mechanism comes with its parameters: those of OAEP, and the size of CKM_RSA_AES_KEY_WRAP', (t) => {
  const { calls } = readSpyLog(
    spyText([
      {
        name: 'C_WrapKey',
        lines: [
          '[in] pMechanism->type = CKM_RSA_PKCS_OAEP            ',
          '[in] pMechanism->pParameter->hashAlg = CKM_SHA256                   ',
          '[in] pMechanism->pParameter->mgf = CKG_MGF1_SHA256',
          '[in] pMechanism->pParameter->source = 1',
          dumped('[in] pMechanism->pParameter->pSourceData[ulSourceDalaLen]', Buffer.from('label')),
        ],
      },
      {
        name: 'C_WrapKey',
        lines: [
          '[in] pMechanism->type = 0x00001054',
          dumped(
            '[in] pMechanism->pParameter[ulParameterLen]',
            Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9),
          ),
        ],
      },
    ]),
  );
  t.deepEqual(
    calls.map(({ mechanism }) => mechanism),
    [
      { type: 'CKM_RSA_PKCS_OAEP', oaep: { hash: 'CKM_SHA256', mgf: 'CKG_MGF1_SHA256', labelBytes: 5 }, aesBits: null },
      { type: '0x00001054', oaep: null, aesBits: 256 },
    ],
  );
});

test('a log of the newer spy, which writes process and thread, is read alike', (t) => {
  const text = spyText([OPEN, { name: 'C_Finalize' }]).toString();
  const newer = text.replaceAll('2026-11-26 10:01:34.026', 'P:4711; T:0x140012 2026-11-26 10:01:34.026');
  t.deepEqual(readSpyLog(Buffer.from(newer)), readSpyLog(Buffer.from(text)));
});

test('each load of the spy is a program of its own; a module that could not be loaded and a call without end are told', (t) => {
  const twice = readSpyLog(Buffer.concat([spyText([OPEN]), spyText([OPEN, { name: 'C_Finalize' }])]));
  t.deepEqual(
    [twice.disorder, twice.calls.map(({ program, number }) => `${program}.${number}`)],
    [[], ['1.0', '2.0', '2.1']],
  );
  const banner = '\n\n*************** OpenSC PKCS#11 spy *****************\n';
  t.deepEqual(readSpyLog(Buffer.from(`${banner}Error: Could not load PKCS#11 interfaces from "x".\n`)).disorder, [
    'the spy could not load the module',
  ]);
  const whole = spyText([OPEN]);
  t.deepEqual(readSpyLog(whole.subarray(0, whole.indexOf('Returned'))).disorder, ['the last call has not come back']);
});

test('any bytes are read without an error', (t) => {
  const log = logWith('C_SetPIN', Buffer.from('1234'), Buffer.from('5678'));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(log.length), (bytes, at) => {
      readSpyLog(bytes);
      readSpyLog(Buffer.concat([log.subarray(0, at), bytes, log.subarray(at)]));
      return true;
    }),
  );
  t.pass();
});

test('the log stands in a private folder, and is gone when it was read, also when it cannot be read', async (t) => {
  const file = await openSpyLog();
  const folder = dirname(file.path);
  t.teardown(() => file.close());
  await file.clear();
  t.deepEqual([statSync(folder).mode & 0o777, statSync(file.path).mode & 0o777], [0o700, 0o600]);
  writeFileSync(file.path, logWith('C_Login', Buffer.from('1234'), Buffer.alloc(0)));
  const { calls } = await file.take();
  t.deepEqual(
    calls.map(({ name }) => name),
    ['C_OpenSession', 'C_Login', 'C_Finalize'],
  );
  t.deepEqual(readdirSync(folder), []);
  mkdirSync(file.path);
  await t.throwsAsync(file.take(), { code: 'FILE_NOT_REGULAR' });
  t.deepEqual(readdirSync(folder), []);
  symlinkSync('/etc/passwd', file.path);
  await file.clear();
  t.true(lstatSync(file.path).isFile());
  await file.close();
  t.false(existsSync(folder));
});

test('a line after a PIN is not taken for a parameter, whatever it looks like', (t) => {
  const lines = [...(PIN_CALLS.C_Login?.(Buffer.from('1234'), Buffer.alloc(0)) ?? []), '[in] hObject = 0x31323334'];
  const { calls } = readSpyLog(spyText([{ name: 'C_Login', lines }]));
  t.deepEqual(calls[0]?.inputs, { hSession: '0x1' });
});

test('a log that the tool has replaced is not followed, and one that is too long is not read', async (t) => {
  const folder = privateFolder(t);
  const [link, pipe, long] = ['link', 'folder', 'long'].map((name) => join(folder, name)) as [string, string, string];
  symlinkSync('/etc/passwd', link);
  await t.throwsAsync(readSpyLogFile(link), { code: 'FILE_NOT_REGULAR' });
  mkdirSync(pipe);
  await t.throwsAsync(readSpyLogFile(pipe), { code: 'FILE_NOT_REGULAR' });
  writeFileSync(long, '');
  truncateSync(long, 33 * 1024 * 1024);
  t.deepEqual(await readSpyLogFile(long), { calls: [], disorder: ['the log is too long'] });
  t.deepEqual(await readSpyLogFile(join(folder, 'none')), { calls: [], disorder: [] });
});

test('where no spy is installed, the error says what to install', (t) => {
  t.throws(() => findSpy(['/nowhere/pkcs11-spy.so']), { code: 'SPY_NOT_FOUND' });
});

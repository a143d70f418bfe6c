import type { Note } from './checks.js';
import { isSessionObject, type TokenObject } from './token-objects.js';
import type { JudgedTransfers, TransferCalls } from './transfer-calls.js';

/** The object under which the AES key went, or with a single call the target itself. */
export function judgeKek({ kek, outer, single }: TransferCalls, given: JudgedTransfers['kek'], note: Note): void {
  if (kek === null || outer === null) {
    const unknown = 'the log does not show under which object the AES key was wrapped';
    note('evidence/kek-as-given', 'not-checked', unknown);
    note('evidence/kek-session-object-or-trusted', 'not-checked', unknown);
    note('evidence/oaep-parameters', 'not-checked', unknown);
    return;
  }
  judgeNumbers(kek, given, note);
  judgePlace(kek, note);
  const { type, oaep } = outer.mechanism ?? { type: 'no mechanism', oaep: null };
  if (single) note('evidence/oaep-parameters', 'not-checked', `the spy does not write those of ${type} down`);
  else if (oaep === null) note('evidence/oaep-parameters', type === 'CKM_RSA_PKCS_OAEP' ? 'not-checked' : 'fail', type);
  else {
    const right = oaep.hash === 'CKM_SHA_1' && oaep.mgf === 'CKG_MGF1_SHA1' && oaep.labelBytes === 0;
    note(
      'evidence/oaep-parameters',
      right ? 'pass' : 'fail',
      `${type} with ${oaep.hash}, ${oaep.mgf} and a label of ${oaep.labelBytes} bytes`,
    );
  }
}

function judgeNumbers({ attributes, origin }: TokenObject, given: JudgedTransfers['kek'], note: Note): void {
  const same = (name: string, bytes: Uint8Array) => {
    const value = attributes.get(name);
    return typeof value === 'string' ? withoutZeros(value) === withoutZeros(Buffer.from(bytes).toString('hex')) : null;
  };
  const modulus = same('CKA_MODULUS', given.modulus);
  const exponent = same('CKA_PUBLIC_EXPONENT', given.exponent);
  if (modulus === false || exponent === false) {
    note('evidence/kek-as-given', 'fail', `another ${modulus === false ? 'modulus' : 'exponent'}`);
  } else if (modulus === null) {
    note('evidence/kek-as-given', 'not-checked', `${origin}, and the log does not show its modulus`);
  } else {
    note('evidence/kek-as-given', 'pass', exponent === null ? 'the same modulus' : 'the same modulus and exponent');
  }
}

function judgePlace(kek: TokenObject, note: Note): void {
  const id = 'evidence/kek-session-object-or-trusted';
  const trusted = kek.attributes.get('CKA_TRUSTED');
  if (isSessionObject(kek)) note(id, 'pass', `${kek.origin} as a session object`);
  else if (trusted === true) note(id, 'pass', `${kek.origin}, with CKA_TRUSTED`);
  else if (kek.origin !== 'found') note(id, 'fail', `${kek.origin} as a token object`);
  else if (trusted === false) note(id, 'warn', 'it stood in the token before, and is not trusted');
  else note(id, 'not-checked', 'it stood in the token before; the log does not show whether it is trusted');
}

/** An even number of digits. */
function withoutZeros(hex: string): string {
  return hex.replace(/^(00)+/, '');
}

import type { Note } from './checks.js';
import type { SpyCall } from './spy-call.js';
import type { TokenHistory } from './token-history.js';
import { isSessionObject, type TokenObject } from './token-objects.js';
import type { TransferCalls } from './transfer-calls.js';

const IDS = [
  'evidence/aes-generated-in-token',
  'evidence/aes-session-object',
  'evidence/aes-not-reused',
  'evidence/aes-not-used-otherwise',
  'evidence/aes-destroyed',
] as const;

/** From its birth in the token to its end. `all` are the transfers that share the log, this one among them. */
export function judgeAesKey(
  history: TokenHistory,
  calls: TransferCalls,
  all: readonly TransferCalls[],
  note: Note,
): void {
  const { aes, single, outer } = calls;
  if (single) {
    for (const id of IDS) note(id, 'pass', 'CKM_RSA_AES_KEY_WRAP made the AES key, and no object of it is there');
    judgeSizeOfSingle(outer, note);
    return;
  }
  if (aes === null) {
    for (const id of [...IDS, 'evidence/aes-size'] as const)
      note(id, 'not-checked', 'the log does not show which key the AES key is');
    return;
  }
  judgeOrigin(aes, note);
  note(
    'evidence/aes-session-object',
    isSessionObject(aes) ? 'pass' : 'fail',
    isSessionObject(aes) ? 'CKA_TOKEN false' : 'a token object',
  );
  judgeSize(aes, note);
  judgeReuse(history, calls, all, aes, note);
  judgeOtherUse(history, calls, aes, note);
  if (aes.ended !== null) note('evidence/aes-destroyed', 'pass', `by ${aes.ended.name}`);
  else note('evidence/aes-destroyed', 'fail', 'it still was there at the end of the log');
}

function judgeOrigin({ origin, made }: TokenObject, note: Note): void {
  const actual = {
    generated: `C_GenerateKey with ${made?.mechanism?.type}`,
    created: 'C_CreateObject: whoever called it knew the bytes',
    unwrapped: 'C_UnwrapKey',
    derived: 'C_DeriveKey',
    copied: 'C_CopyObject',
    found: 'it stood in the token before',
  }[origin];
  note('evidence/aes-generated-in-token', origin === 'generated' ? 'pass' : 'fail', actual);
}

function judgeSize({ attributes, made }: TokenObject, note: Note): void {
  const value = made?.given.pTemplate?.find(({ name }) => name === 'CKA_VALUE')?.bytes;
  const bytes = attributes.get('CKA_VALUE_LEN') ?? value;
  if (typeof bytes !== 'number') note('evidence/aes-size', 'not-checked', 'the log does not show CKA_VALUE_LEN');
  else note('evidence/aes-size', bytes === 32 ? 'pass' : 'fail', `${bytes} bytes`);
}

function judgeSizeOfSingle(outer: SpyCall | null, note: Note): void {
  const bits = outer?.mechanism?.aesBits ?? null;
  if (bits === null) note('evidence/aes-size', 'not-checked', 'the log does not show ulAESKeyBits');
  else note('evidence/aes-size', bits === 256 ? 'pass' : 'fail', `ulAESKeyBits ${bits}`);
}

function judgeReuse(
  history: TokenHistory,
  { target }: TransferCalls,
  all: readonly TransferCalls[],
  aes: TokenObject,
  note: Note,
): void {
  const wrapped = new Set(
    aes.uses
      .filter((call) => call.name === 'C_WrapKey' && history.objectOf(call, 'hWrappingKey') === aes)
      .map((call) => history.objectOf(call, 'hKey')),
  );
  const others = [...wrapped].filter((object) => object !== target);
  const blobs = all.filter((transfer) => transfer.aes === aes).length;
  if (blobs > 1) note('evidence/aes-not-reused', 'fail', `it is the AES key of ${blobs} blobs`);
  else if (others.length > 0) note('evidence/aes-not-reused', 'fail', `it wrapped ${wrapped.size} keys`);
  else if (aes.origin === 'found')
    note('evidence/aes-not-reused', 'not-checked', 'what it wrapped before is not in the log');
  else note('evidence/aes-not-reused', 'pass', 'it wrapped one key');
}

function judgeOtherUse(history: TokenHistory, { kek }: TransferCalls, aes: TokenObject, note: Note): void {
  const right = (call: SpyCall) => {
    if (call.name === 'C_GetAttributeValue') return true;
    if (call.name !== 'C_WrapKey') return false;
    return (
      history.objectOf(call, 'hWrappingKey') === aes || kek === null || history.objectOf(call, 'hWrappingKey') === kek
    );
  };
  const wrong = aes.uses.find((call) => !right(call));
  if (wrong === undefined) note('evidence/aes-not-used-otherwise', 'pass', 'C_WrapKey only');
  else if (wrong.name !== 'C_WrapKey') note('evidence/aes-not-used-otherwise', 'fail', `${wrong.name} names it`);
  else
    note(
      'evidence/aes-not-used-otherwise',
      'fail',
      `C_WrapKey of it also under the object ${wrong.inputs.hWrappingKey}`,
    );
}

import type { Note } from './checks.js';
import type { SpyCall } from './spy-call.js';
import type { TokenHistory } from './token-history.js';
import { isSessionObject, type TokenObject } from './token-objects.js';

const PRIVATE_VALUES = [
  'CKA_VALUE',
  'CKA_PRIVATE_EXPONENT',
  'CKA_PRIME_1',
  'CKA_PRIME_2',
  'CKA_EXPONENT_1',
  'CKA_EXPONENT_2',
  'CKA_COEFFICIENT',
  'CKA_SEED',
];
const KEYS_WITH_SECRETS = ['CKO_PRIVATE_KEY', 'CKO_SECRET_KEY', 'CKO_OTP_KEY'];
const CHANGING = ['C_SetAttributeValue', 'C_CopyObject', 'C_DestroyObject'];

/** What is true of a run whether it made a blob or refused. */
export function judgeToken(history: TokenHistory, calls: readonly SpyCall[], note: Note): void {
  judgeReading(history, calls, note);
  judgeChanges(history, calls, note);
  judgeLeftovers(history, note);
  judgeSessions(history, note);
}

function judgeReading(history: TokenHistory, calls: readonly SpyCall[], note: Note): void {
  const id = 'evidence/no-private-value-read';
  const asked = calls
    .filter(({ name }) => name === 'C_GetAttributeValue')
    .flatMap((call) => {
      const type = history.objectOf(call, 'hObject')?.attributes.get('CKA_CLASS');
      // An object whose class nobody asked for may be a key as well.
      if (typeof type === 'string' && !KEYS_WITH_SECRETS.includes(type)) return [];
      const requested = (call.given.pTemplate ?? []).filter(({ name }) => PRIVATE_VALUES.includes(name));
      return requested.map(({ name, place }) => ({
        name,
        place,
        read: call.answered.some((one) => one.name === name && one.place && one.bytes !== null && one.bytes > 0),
      }));
    });
  const read = asked.find((one) => one.read);
  const refused = asked.find(({ place }) => place);
  if (read !== undefined) note(id, 'fail', `C_GetAttributeValue gave ${read.name}`);
  else if (refused !== undefined) note(id, 'warn', `${refused.name} was asked for, and the HSM gave nothing`);
  else if (asked.length > 0) note(id, 'pass', `only the length of ${asked[0]?.name} was asked for`);
  else note(id, 'pass', 'none was asked for');
}

function judgeChanges(history: TokenHistory, calls: readonly SpyCall[], note: Note): void {
  const id = 'evidence/target-unchanged';
  const changes = calls.filter((call) => {
    if (!CHANGING.includes(call.name) || history.objectOf(call, 'hObject')?.origin !== 'found') return false;
    return (
      call.name !== 'C_DestroyObject' || !leftovers(history).some(({ made }) => made && made.program < call.program)
    );
  });
  const done = changes.find(({ returned }) => returned === 0);
  if (done !== undefined) note(id, 'fail', `${done.name} on an object that stood there before`);
  else if (changes.length > 0) note(id, 'warn', `${changes[0]?.name} was tried, and the HSM refused`);
  else note(id, 'pass', 'unchanged');
}

function leftovers({ objects }: TokenHistory): TokenObject[] {
  return objects.filter((object) => object.origin !== 'found' && !isSessionObject(object) && object.ended === null);
}

function judgeLeftovers(history: TokenHistory, note: Note): void {
  const id = 'evidence/nothing-left';
  const left = leftovers(history);
  // A script of several programs may destroy what an earlier one made: to the later one it is an object like any other.
  const later = history.objects.some(({ origin, ended }) => {
    return (
      origin === 'found' &&
      ended?.name === 'C_DestroyObject' &&
      left.some(({ made }) => made && made.program < ended.program)
    );
  });
  if (left.length === 0) note(id, 'pass', 'nothing');
  else if (later) note(id, 'not-checked', 'a later program destroyed objects; the log does not show which');
  else note(id, 'fail', `${left.length} token ${left.length === 1 ? 'object' : 'objects'} from ${left[0]?.made?.name}`);
}

function judgeSessions({ sessions, loginsLeft }: TokenHistory, note: Note): void {
  const open = sessions.filter(({ ended }) => ended === null).length;
  const wrong = [
    ...(open > 0 ? [`${open} of ${sessions.length} sessions left open`] : []),
    ...(loginsLeft.length > 0 ? ['still logged in'] : []),
  ];
  if (wrong.length > 0) note('evidence/logged-out', 'fail', wrong.join(', '));
  else note('evidence/logged-out', 'pass', sessions.length === 0 ? 'no session was opened' : 'all sessions closed');
}

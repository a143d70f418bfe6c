import type { Flag, Flags } from './step.js';

/** What is known of a key: a flag that is missing is the token's own choice, and nobody has looked yet. */
export interface KeyState {
  readonly flags: Flags;
  /** Keys with the same bytes have the same number. */
  readonly bytes: number;
}

/** A rule of the standard that a call would break. */
export interface Rule {
  readonly clause: string;
  /** What must be, as a sentence without an end. */
  readonly words: string;
}

const COMMON = 'PKCS#11 v3.1 section 4.7';
const SECRET = 'PKCS#11 v3.1 section 4.10';
const STORAGE = 'PKCS#11 v3.1 section 4.4';
const WRAPPING = 'PKCS#11 v3.1 section 5.18.3';

/** From the first value to the second: not by a change, and not in a copy. */
const ONE_WAY: readonly (readonly [Flag, boolean, Rule])[] = [
  ['extractable', false, { clause: SECRET, words: 'CKA_EXTRACTABLE false stays false' }],
  ['sensitive', true, { clause: SECRET, words: 'CKA_SENSITIVE true stays true' }],
  ['wrapWithTrusted', true, { clause: SECRET, words: 'CKA_WRAP_WITH_TRUSTED true stays true' }],
  ['copyable', false, { clause: STORAGE, words: 'CKA_COPYABLE false stays false' }],
];
const TOLD_BY_TOKEN: readonly Flag[] = ['alwaysSensitive', 'neverExtractable', 'local'];

/** The rule by which a template is refused whoever uses it for what; the user of the token is no officer. */
export function templateForbidden(template: Flags): Rule | null {
  if (TOLD_BY_TOKEN.some((flag) => template[flag] !== undefined)) {
    return { clause: COMMON, words: 'the history of a key is told by the token and not given in a template' };
  }
  return template.trusted === true ? { clause: SECRET, words: 'only the security officer sets CKA_TRUSTED' } : null;
}

export function changeForbidden({ flags }: KeyState, template: Flags): Rule | null {
  if (flags.modifiable === false) return { clause: STORAGE, words: 'a key with CKA_MODIFIABLE false is not changed' };
  return turnedBack(flags, template) ?? templateForbidden(template);
}

export function copyForbidden({ flags }: KeyState, template: Flags): Rule | null {
  if (flags.copyable === false) return { clause: STORAGE, words: 'a key with CKA_COPYABLE false is not copied' };
  return turnedBack(flags, template) ?? templateForbidden(template);
}

export function wrapForbidden(by: KeyState, key: KeyState): Rule | null {
  const { flags } = key;
  if (flags.extractable === false)
    return { clause: WRAPPING, words: 'a key with CKA_EXTRACTABLE false is not wrapped' };
  if (by.flags.wrap === false) return { clause: WRAPPING, words: 'a key with CKA_WRAP false does not wrap' };
  return flags.wrapWithTrusted === true && by.flags.trusted === false
    ? { clause: WRAPPING, words: 'a key with CKA_WRAP_WITH_TRUSTED is not wrapped by a key that is not trusted' }
    : null;
}

/** `wrappedBy` is the number of the bytes of the key that made the product. */
export function unwrapForbidden(by: KeyState, wrappedBy: number, template: Flags): Rule | null {
  const clause = 'PKCS#11 v3.1 section 5.18.4';
  if (by.flags.unwrap === false) return { clause, words: 'a key with CKA_UNWRAP false does not unwrap' };
  if (by.bytes !== wrappedBy) return { clause, words: 'a product is not unwrapped by another key than made it' };
  return templateForbidden(template);
}

/** Whether the value must stay inside (PKCS#11 v3.1 section 5.7.5). */
export function valueForbidden({ flags }: KeyState): Rule | null {
  const clause = 'PKCS#11 v3.1 section 5.7.5';
  if (flags.sensitive === true) return { clause, words: 'the value of a key with CKA_SENSITIVE is not read' };
  return flags.extractable === false
    ? { clause, words: 'the value of a key with CKA_EXTRACTABLE false is not read' }
    : null;
}

/** What a key must be that was made so. */
export function made(how: 'generate' | 'create' | 'unwrap', template: Flags, bytes: number): KeyState {
  const history = { alwaysSensitive: false, neverExtractable: false, local: how === 'generate' };
  // Whoever is no officer makes no trusted key, whatever the default of other flags.
  const flags = { trusted: false, ...template };
  if (how !== 'generate') return { flags: { ...flags, ...history }, bytes };
  const { sensitive, extractable } = template;
  return {
    flags: {
      ...flags,
      local: true,
      ...(sensitive === undefined ? {} : { alwaysSensitive: sensitive }),
      ...(extractable === undefined ? {} : { neverExtractable: !extractable }),
    },
    bytes,
  };
}

/** What a key must be after a change. Each flag that is not named stays as it is. */
export function changed({ flags, bytes }: KeyState, template: Flags): KeyState {
  return { flags: withHistory(flags, { ...flags, ...template }), bytes };
}

/**
 * What is still known after a change was refused. The standard does not say whether it may have done a part of its work: so
 * what was named is not known any more, unless it protects the key, or was not to be given at all.
 */
export function refusedChange({ flags, bytes }: KeyState, template: Flags): KeyState {
  const stays = (flag: Flag) =>
    template[flag] === undefined ||
    flag === 'trusted' ||
    TOLD_BY_TOKEN.includes(flag) ||
    ONE_WAY.some(([each, last]) => each === flag && flags[flag] === last);
  return { flags: Object.fromEntries(Object.entries(flags).filter(([flag]) => stays(flag as Flag))), bytes };
}

/** What a copy must be. */
export const copied = changed;

/** What was once readable or extractable is told so for ever. */
function withHistory(before: Flags, after: Flags): Flags {
  return {
    ...after,
    ...(before.alwaysSensitive === true && after.sensitive === false ? { alwaysSensitive: false } : {}),
    ...(before.neverExtractable === true && after.extractable === true ? { neverExtractable: false } : {}),
  };
}

function turnedBack(flags: Flags, template: Flags): Rule | null {
  const broken = ONE_WAY.find(([flag, last]) => flags[flag] === last && template[flag] === !last);
  return broken?.[2] ?? null;
}

/** The flag in which a key is not what it must be; flags that the token does not tell are passed over. */
export function differs(expected: Flags, actual: Flags): Flag | null {
  const flags = Object.keys(expected) as Flag[];
  return flags.find((flag) => actual[flag] !== undefined && actual[flag] !== expected[flag]) ?? null;
}

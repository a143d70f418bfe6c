/** One line of the log of pkcs11-spy, as far as the reader understands it. Only `dump` holds bytes of values. */
export type SpyLine =
  /** A program has loaded the spy. */
  | { readonly kind: 'banner' }
  /** The spy has loaded the module. */
  | { readonly kind: 'loaded' }
  | { readonly kind: 'blank' }
  | { readonly kind: 'header'; readonly number: number; readonly name: string }
  /** `[in] hSession = 0x1`, `[in] pMechanism->type = CKM_RSA_PKCS_OAEP`. */
  | { readonly kind: 'scalar'; readonly way: Way; readonly name: string; readonly value: string }
  /** `[in] pTemplate[2]:`; its attributes follow. */
  | { readonly kind: 'template'; readonly way: Way; readonly name: string }
  /** `[in] pPin[ulPinLen] 0000000021c50040 / 9`; a dump follows. */
  | ({ readonly kind: 'buffer'; readonly way: Way; readonly name: string } & Place)
  /** `CKA_TOKEN True`, `CKA_VALUE 0000000021cf5390 / 32`. */
  | ({ readonly kind: 'attribute'; readonly name: string; readonly word: string | null } & Place)
  /** Up to 16 bytes of what the line before announced. */
  | { readonly kind: 'dump'; readonly hex: Uint8Array }
  /** `Object 0x2 matches`. */
  | { readonly kind: 'match'; readonly handle: string }
  | { readonly kind: 'returned'; readonly code: number }
  | { readonly kind: 'other' };

type Way = 'in' | 'out';

interface Place {
  /** The pointer is not null. */
  readonly given: boolean;
  /** ulValueLen; null where it is CK_UNAVAILABLE_INFORMATION. */
  readonly bytes: number | null;
}

/**
 * Reads one line as OpenSC 0.23 and later write it (pkcs11-spy.c, pkcs11-display.c). A dump stays the bytes that it is,
 * since nothing but its place says whether it is a PIN: it never becomes a string.
 */
export function readSpyLine(line: Uint8Array): SpyLine {
  if (isDump(line)) return { kind: 'dump', hex: line.subarray(HEX_FROM, HEX_TO) };
  if (line.length > MOST_BYTES) return { kind: 'other' };
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('latin1').trimEnd();
  if (text === '') return { kind: 'blank' };
  for (const [pattern, make] of SHAPES) {
    const found = pattern.exec(text);
    if (found !== null) return make(found.slice(1));
  }
  return { kind: 'other' };
}

/** The bytes that a dump shows. */
export function bytesOfDump(hex: Uint8Array): Uint8Array {
  const bytes: number[] = [];
  for (let at = 0; at + 1 < hex.length; at += 3) {
    const [high, low] = [digit(hex[at]), digit(hex[at + 1])];
    if (high === null || low === null) break;
    bytes.push(high * 16 + low);
  }
  return Uint8Array.from(bytes);
}

/** Four blanks, an offset of 8 digits, two blanks, 16 times two digits and a blank, the same as text. */
const HEX_FROM = 14;
const HEX_TO = HEX_FROM + 16 * 3;

/** The longest line that the spy writes has the path of a module. */
const MOST_BYTES = 8192;

function isDump(line: Uint8Array): boolean {
  return (
    line.length >= HEX_FROM &&
    [0, 1, 2, 3, 12, 13].every((at) => line[at] === 0x20) &&
    [4, 5, 6, 7, 8, 9, 10, 11].every((at) => digit(line[at]) !== null)
  );
}

/** Capital letters only, as the spy writes them. */
function digit(code: number | undefined): number | null {
  if (code === undefined) return null;
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  return code >= 0x41 && code <= 0x46 ? code - 0x41 + 10 : null;
}

type Shape = readonly [RegExp, (parts: string[]) => SpyLine];

const PLACE = '([0-9a-f]{8,16}) / (-?\\d+)';
const NO_PLACE = 'NULL \\[size : 0x[0-9A-F]+ \\((-?\\d+)\\)\\]|EMPTY';

const SHAPES: readonly Shape[] = [
  [/^\*+ OpenSC PKCS#11 spy \*+$/, () => ({ kind: 'banner' })],
  [/^Loaded: "/, () => ({ kind: 'loaded' })],
  [/^(\d{1,9}): (C_[A-Za-z]{1,40})$/, ([number, name = '']) => ({ kind: 'header', number: Number(number), name })],
  [/^Returned: +(\d{1,20})\b/, ([code]) => ({ kind: 'returned', code: Number(code) })],
  [/^Object (0x[0-9a-f]{1,16}) matches$/, ([handle = '']) => ({ kind: 'match', handle })],
  [/^\[(in|out)\] (\w+)\[-?\d+\]:$/, ([way, name = '']) => ({ kind: 'template', way: way as Way, name })],
  [
    new RegExp(`^\\[(in|out)\\] ([\\w\\[\\]*>-]+) (?:${PLACE}|${NO_PLACE})$`),
    ([way, name = '', pointer, size, nullSize]) => ({
      kind: 'buffer',
      way: way as Way,
      name,
      ...placeOf(pointer, size ?? nullSize),
    }),
  ],
  [
    /^\[(in|out)\] ([\w*>-]+) = (\w+)$/,
    ([way, name = '', value = '']) => ({ kind: 'scalar', way: way as Way, name, value }),
  ],
  [
    new RegExp(`^ {4}CKA_(\\w+|\\? \\(0x[0-9a-f]+\\))(?:\\(NSS\\))? +(?:${PLACE}|(\\w+))`),
    ([name = '', pointer, size, word]) => ({
      kind: 'attribute',
      name: `CKA_${name}`,
      word: word ?? null,
      ...placeOf(pointer, size),
    }),
  ],
];

function placeOf(pointer: string | undefined, size: string | undefined): Place {
  const bytes = Number(size ?? 0);
  return { given: pointer !== undefined && !/^0+$/.test(pointer), bytes: bytes < 0 ? null : bytes };
}

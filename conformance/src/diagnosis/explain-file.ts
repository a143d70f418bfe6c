import { readJson } from '../oracle/json.js';
import type { DiagnosisId } from './diagnoses.js';
import { type Evidence, isObject } from './evidence.js';
import { opensStraight } from './second-half.js';

/** A file that is not UTF-8. */
export function explainUtf8({ file, kek }: Evidence): DiagnosisId {
  const bytes = Buffer.from(file);
  const everySecondZero = bytes.length >= 8 && [0, 1].some((odd) => [0, 2, 4, 6].every((at) => bytes[at + odd] === 0));
  if (/^(fffe|feff)/.test(bytes.toString('hex', 0, 2)) || everySecondZero) return 'file/utf-16';
  return opensStraight(bytes, kek) ? 'file/bare-ciphertext' : 'file/other-charset';
}

/** A text that is no JSON object. */
export function explainJson({ text, kek }: Evidence): DiagnosisId {
  const json = (text ?? '').trim();
  const parsed = readJson(json);
  if ('value' in parsed) return explainOtherValue(parsed.value);
  if (json.includes('\0') && parses(json.replaceAll('\0', ''))) return 'file/nul';
  if (/^[\w-]+(\.[\w-]*){4}$/.test(json)) return 'file/jwe-compact';
  return explainEncodedFile(json, kek.bytes) ?? explainDamage(json);
}

function explainOtherValue(value: unknown): DiagnosisId {
  if (Array.isArray(value)) return 'file/array';
  return typeof value === 'string' && parses(value) ? 'file/json-text' : 'file/not-json';
}

function explainEncodedFile(text: string, kekBytes: number): DiagnosisId | null {
  const flat = text.replace(/\s/g, '');
  if (/^[0-9A-Fa-f]+$/.test(flat) && isBlob(Buffer.from(flat, 'hex'))) return 'file/hex';
  if (!BASE64.test(flat)) return null;
  const once = Buffer.from(flat, 'base64');
  if (isBlob(once)) return 'file/base64';
  const inner = once.toString('latin1').replace(/\s/g, '');
  if (BASE64.test(inner) && isBlob(Buffer.from(inner, 'base64'))) return 'file/base64-twice';
  return once.length >= kekBytes + 16 ? 'file/ciphertext-text' : null;
}

const BASE64 = /^[A-Za-z0-9+/_-]+=*$/;

/** The first change that makes JSON of the text names the fault. */
function explainDamage(text: string): DiagnosisId {
  if (parses(text.replaceAll("'", '"'))) return 'file/python-literal';
  if (parses(text.replace(/,\s*([}\]])/g, '$1'))) return 'file/trailing-comma';
  if (parses(text.replace(/[\r\n]/g, ''))) return 'file/line-break-in-text';
  const end = endOfObject(text);
  if (end !== null && parses(text.slice(0, end))) return 'file/text-after';
  const start = text.indexOf('{');
  if (start > 0 && parses(text.slice(start))) return 'file/text-before';
  return start === 0 && end === null ? 'file/truncated' : 'file/not-json';
}

/** Where the object that begins the text ends; null where it does not end. */
function endOfObject(text: string): number | null {
  let [depth, inText] = [0, false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') inText = !inText;
    else if (inText && character === '\\') at += 1;
    else if (!inText && character === '{') depth += 1;
    else if (!inText && character === '}' && --depth <= 0) return at + 1;
  }
  return null;
}

function parses(text: string): boolean {
  return 'value' in readJson(text);
}

function isBlob(bytes: Buffer): boolean {
  const json = readJson(bytes.toString());
  return 'value' in json && isObject(json.value);
}

import { decodeUtf8, readJson } from './json.js';
import { quote, type Report } from './report.js';

/** The largest file that is judged, in bytes. A right blob has at most about 4200. */
export const MAX_BLOB_BYTES = 65536;

export interface Envelope {
  readonly kid: string | null;
  /** Null where it is missing or cannot be decoded. */
  readonly ciphertext: Uint8Array | null;
}

const MEMBERS = ['schema_version', 'header', 'ciphertext', 'generator'];
const HEADER_MEMBERS = ['kid', 'alg', 'enc'];

/** The JSON object around the ciphertext. Null where there is none. */
export function judgeEnvelope(bytes: Uint8Array, report: Report): Envelope | null {
  const sized = bytes.length > 0 && bytes.length <= MAX_BLOB_BYTES;
  if (!report.check('blob/envelope/size', sized, `${bytes.length} bytes`)) return null;

  const decoded = decodeUtf8(bytes);
  if (!report.check('blob/envelope/utf8', decoded !== null, decoded ? 'UTF-8' : 'other bytes') || !decoded) return null;
  report.check('blob/envelope/bom', !decoded.bom, decoded.bom ? 'a byte order mark' : 'none');

  const json = readJson(decoded.text);
  if ('fault' in json) {
    report.check('blob/envelope/json', false, quote(json.fault));
    return null;
  }
  const blob = json.value;
  if (!report.check('blob/envelope/json', isObject(blob), kindOf(blob)) || !isObject(blob)) return null;
  const twice = json.duplicates.map(quote).join(', ');
  report.check('blob/envelope/duplicate-members', twice === '', twice === '' ? 'none twice' : `twice: ${twice}`);

  const header = isObject(blob.header) ? blob.header : {};
  judgeMembers(blob, header, report);
  const version = blob.schema_version;
  if (typeof version === 'string') {
    const release = version === '1.0' ? ', which Secure Key Release writes: this blob is not made for import' : '';
    report.check('blob/envelope/schema-version', version === '1.0.0', quote(version) + release);
  }
  if (typeof blob.generator === 'string') judgeGenerator(blob.generator, report);
  const { alg, enc, kid } = header;
  if (typeof alg === 'string') report.check('blob/envelope/alg', alg === 'dir', quote(alg));
  if (typeof enc === 'string') report.check('blob/envelope/enc', enc === 'CKM_RSA_AES_KEY_WRAP', quote(enc));
  return {
    kid: typeof kid === 'string' ? kid : null,
    ciphertext: typeof blob.ciphertext === 'string' ? judgeBase64url(blob.ciphertext, report) : null,
  };
}

function judgeMembers(blob: Record<string, unknown>, header: Record<string, unknown>, report: Report): void {
  const faults: string[] = [];
  if (isObject(blob.header)) {
    for (const name of HEADER_MEMBERS) expectString(header, name, 'header.', faults);
  } else {
    faults.push(`header is ${kindOf(blob.header)}`);
  }
  for (const name of ['schema_version', 'ciphertext', 'generator']) expectString(blob, name, '', faults);
  report.check('blob/envelope/members', faults.length === 0, faults.length === 0 ? 'all there' : faults.join(', '));

  const unknown = [
    ...Object.keys(blob).filter((name) => !MEMBERS.includes(name)),
    ...Object.keys(header).filter((name) => !HEADER_MEMBERS.includes(name)),
  ];
  if (unknown.length === 0) report.check('blob/envelope/unknown-members', true, 'none');
  else {
    const names = unknown.slice(0, 5).map(quote).join(', ');
    report.warn('blob/envelope/unknown-members', `${names}: what the service does with them is not known`);
  }
}

function expectString(object: Record<string, unknown>, name: string, prefix: string, faults: string[]): void {
  if (typeof object[name] !== 'string') faults.push(`${prefix}${name} is ${kindOf(object[name])}`);
}

/** A free text, which people will see on their terminals. */
function judgeGenerator(text: string, report: Report): void {
  const plain = text.length <= 1024 && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
  if (plain) report.check('blob/envelope/generator', true, quote(text));
  else report.warn('blob/envelope/generator', `${quote(text)}: too long, or with characters that steer a terminal`);
}

/** A fault that leaves the bytes plain to see (the other alphabet, padding) does not keep the rest from being judged. */
function judgeBase64url(text: string, report: Report): Uint8Array | null {
  let end = text.length;
  while (text[end - 1] === '=') end -= 1;
  const digits = text.slice(0, end);
  const padding = text.length - end;
  if (padding === 0) report.check('blob/envelope/base64-padding', true, 'none');
  else if (padding === (4 - (digits.length % 4)) % 4) {
    report.warn(
      'blob/envelope/base64-padding',
      `${padding} "=": a blob with padding was imported, but none is written`,
    );
  } else report.check('blob/envelope/base64-padding', false, `${padding} "=", which is not even base64`);

  const foreign = digits.match(/[^A-Za-z0-9_\-+/]/g)?.length ?? 0;
  const bytes = Buffer.from(digits, 'base64url');
  const fault = baseFault(text, digits, foreign, bytes);
  report.check('blob/envelope/base64url', fault === null, fault ?? `${bytes.length} bytes`);
  return foreign > 0 || digits.length % 4 === 1 || bytes.length === 0 ? null : bytes;
}

function baseFault(text: string, digits: string, foreign: number, bytes: Buffer): string | null {
  if (text === '') return 'no ciphertext';
  if (foreign > 0) return `${foreign} of ${digits.length} characters are no base64url`;
  if (/[+/]/.test(digits)) return 'standard base64: "+" and "/" in place of "-" and "_"';
  if (digits.length % 4 === 1) return `${digits.length} characters: the last one spells no whole byte`;
  if (bytes.toString('base64url') !== digits) return 'bits that belong to no byte are set in the last character';
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

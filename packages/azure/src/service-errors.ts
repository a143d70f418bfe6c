import { KeyferryError } from '@keyferry/errors';
import { classify } from './service-refusal.js';

/** What came back over HTTP when it was not the answer to the question. */
export interface Answer {
  /** HTTP status. */
  readonly status: number;
  /** The whole body; empty when there was none. */
  readonly body: string;
  /** The Retry-After header as it came, or null. */
  readonly retryAfter: string | null;
  /** The Date header as it came, or null. */
  readonly date: string | null;
}

/**
 * The error that an answer stands for, or null when it is a good one: a status of 2xx and a JSON object as body, or a
 * status of 204 and none.
 * A body that is no JSON object is SERVICE_NOT_JSON whatever the status; an empty one only below 400.
 */
export function errorOfAnswer(host: string, answer: Answer): KeyferryError | null {
  const { status } = answer;
  if (status === 204 && answer.body === '') {
    return null;
  }
  const values = { status, ...(answer.retryAfter === null ? {} : { retryAfter: secondsUntil(answer.retryAfter) }) };
  const body = jsonObject(answer.body);
  if (body === null && (answer.body !== '' || status < 400)) {
    const found = answer.body === '' ? 'nothing' : quoted(answer.body);
    return new KeyferryError('SERVICE_NOT_JSON', {
      reason: `expected a JSON object from ${host}, found HTTP ${status} with ${found}`,
      values,
    });
  }
  if (status >= 200 && status < 300) {
    return null;
  }
  const wait = answer.retryAfter === null ? '' : `; retry after ${oneLine(answer.retryAfter, 40)}`;
  const { codes, message } = toldBy(body);
  const { code, hint, skew } = classify({ host, status, codes, message, date: answer.date });
  return new KeyferryError(code, {
    reason: `${host} answered HTTP ${status}${serviceText(codes, message)}${wait}${skew ?? ''}`,
    ...(hint === undefined ? {} : { hint }),
    values,
  });
}

/** The seconds of the Retry-After that an error came with; null for none. */
export function retryAfterOf(error: KeyferryError | null): number | null {
  const retryAfter = error?.values.retryAfter;
  return typeof retryAfter === 'number' ? retryAfter : null;
}

/** The seconds of a Retry-After header, which holds them or a date (RFC 9110 section 10.2.3); null for anything else. */
function secondsUntil(header: string): number | null {
  if (/^[0-9]{1,9}$/.test(header)) {
    return Number(header);
  }
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}

/** What `{"error":{"code","message","innererror":{"code"}}}` says, as far as it is there; codes from the outside in. */
function toldBy(body: Record<string, unknown> | null): { codes: string[]; message: string } {
  const error = asObject(body?.error);
  const codes: string[] = [];
  for (let level = error; level !== null && codes.length < 4; level = asObject(level.innererror)) {
    if (typeof level.code === 'string') {
      codes.push(oneLine(level.code, 80));
    }
  }
  return { codes, message: typeof error?.message === 'string' ? oneLine(error.message, 600) : '' };
}

/** `Forbidden (KeyDisabled): text`. */
function serviceText([code, ...inner]: readonly string[], message: string): string {
  return [
    code === undefined ? '' : ` ${code}`,
    inner.length === 0 ? '' : ` (${inner.join(', ')})`,
    message === '' ? '' : `: ${oneLine(message, 400)}`,
  ].join('');
}

/** Codes of Node for a connection that was never made, so that nothing can have been asked. */
const NOT_CONNECTED = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED']);

/** Codes of OpenSSL, by Node's names, for a certificate that is not accepted. */
export const NOT_TRUSTED =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PERMITTED_VIOLATION|EXCLUDED_VIOLATION|PATH_LENGTH_EXCEEDED|ERROR_IN_CERT_)/;

/** The error for a request to `host` that got no answer at all; `error` is what Node or the SDK threw. */
export function errorOfNetwork(host: string, error: unknown): KeyferryError {
  const code = codesOf(error)[0] ?? '';
  const text = oneLine(messageOf(error), 300);
  const reason = `${host}: ${text.includes(code) ? text : `${text} (${code})`.trim()}`;
  const details = { reason, ...(code === '' ? {} : { values: { code } }), cause: error };
  // A broken name constraint of a CA has no code of its own, only a text.
  if (NOT_TRUSTED.test(code) || /certificate|subtree violation/i.test(text)) {
    return new KeyferryError('TLS_UNTRUSTED', details);
  }
  // The other codes also come up on a connection that was made; then the text does not begin so.
  if (NOT_CONNECTED.has(code) || /^connect E/.test(text)) {
    return new KeyferryError('VAULT_UNREACHABLE', details);
  }
  return new KeyferryError('SERVICE_NO_ANSWER', details);
}

/** True when a request that ended with this error cannot have changed anything: it was refused, or it never arrived. */
export function provesNothingHappened(error: KeyferryError): boolean {
  switch (error.code) {
    case 'LOGIN_FAILED':
    case 'VAULT_UNREACHABLE':
    case 'TLS_UNTRUSTED':
    case 'SERVICE_UNAUTHORIZED':
    case 'SERVICE_FORBIDDEN':
    case 'SERVICE_NOT_FOUND':
    case 'SERVICE_CONFLICT':
    case 'SERVICE_REFUSED':
    case 'SERVICE_BUSY':
    case 'SERVICE_FIREWALL':
    case 'SERVICE_VAULT_DISABLED':
    case 'SERVICE_NAME_DELETED':
    case 'SERVICE_WRONG_TENANT':
    case 'CLOCK_SKEW':
      return true;
    default:
      return false;
  }
}

/** The codes of an error and of the errors underneath, outermost first. */
export function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  let depth = 0;
  for (let link = asObject(error); link !== null && depth < 8; link = asObject(link.cause)) {
    depth += 1;
    if (typeof link.code === 'string') {
      codes.push(link.code);
    }
  }
  return codes;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Text of a stranger for one line of a terminal: no control characters, no runs of blanks, at most `limit` characters. */
export function oneLine(text: string, limit: number): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return plain.length > limit ? `${plain.slice(0, limit)}...` : plain;
}

function quoted(body: string): string {
  return `"${oneLine(body.slice(0, 400), 60)}"`;
}

function jsonObject(text: string): Record<string, unknown> | null {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}

function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

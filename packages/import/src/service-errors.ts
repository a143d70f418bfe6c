import { type ErrorCode, KeyferryError } from '@keyferry/errors';

/** What came back over HTTP when it was not the answer to the question. */
export interface Answer {
  /** HTTP status. */
  readonly status: number;
  /** The whole body; empty when there was none. */
  readonly body: string;
  /** The Retry-After header as it came, or null. */
  readonly retryAfter: string | null;
}

const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'SERVICE_UNAUTHORIZED',
  403: 'SERVICE_FORBIDDEN',
  404: 'SERVICE_NOT_FOUND',
  408: 'SERVICE_NO_ANSWER',
  409: 'SERVICE_CONFLICT',
  429: 'SERVICE_BUSY',
};

/**
 * The error that an answer stands for, or null when it is a good one: a status of 2xx and a JSON object as body.
 * A body that is no JSON object is SERVICE_NOT_JSON whatever the status; an empty one only below 400.
 */
export function errorOfAnswer(host: string, answer: Answer): KeyferryError | null {
  const { status } = answer;
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
  const code = STATUS_CODES[status] ?? (status >= 500 ? 'SERVICE_FAILED' : 'SERVICE_REFUSED');
  return new KeyferryError(code, { reason: `${host} answered HTTP ${status}${serviceText(body)}${wait}`, values });
}

/** The seconds of a Retry-After header, which holds them or a date (RFC 9110 section 10.2.3); null for anything else. */
function secondsUntil(header: string): number | null {
  if (/^[0-9]{1,9}$/.test(header)) {
    return Number(header);
  }
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}

/** `Forbidden (KeyDisabled): text` of `{"error":{"code","message","innererror":{"code"}}}`, as far as it is there. */
function serviceText(body: Record<string, unknown> | null): string {
  const error = asObject(body?.error);
  const codes: string[] = [];
  for (let level = error; level !== null && codes.length < 4; level = asObject(level.innererror)) {
    if (typeof level.code === 'string') {
      codes.push(oneLine(level.code, 80));
    }
  }
  const [code, ...inner] = codes;
  const parts = [
    code === undefined ? '' : ` ${code}`,
    inner.length === 0 ? '' : ` (${inner.join(', ')})`,
    typeof error?.message === 'string' ? `: ${oneLine(error.message, 400)}` : '',
  ];
  return parts.join('');
}

/** Codes of Node for a connection that was never made, so that nothing can have been asked. */
const NOT_CONNECTED = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED']);

/** Codes of OpenSSL, by Node's names, for a certificate that is not accepted. */
const NOT_TRUSTED =
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

/** LOGIN_FAILED, or TLS_UNTRUSTED when it is the certificate of the identity service that is refused. */
export function errorOfLogin(tried: string, error: unknown): KeyferryError {
  const text = oneLine(messageOf(error), 500);
  const untrusted = codesOf(error).some((code) => NOT_TRUSTED.test(code));
  if (untrusted || /self.signed certificate|unable to (get|verify)[a-z ]*certificate/i.test(text)) {
    return new KeyferryError('TLS_UNTRUSTED', { reason: `the identity service: ${text}`, cause: error });
  }
  return new KeyferryError('LOGIN_FAILED', { reason: `${tried}: ${text}`, cause: error });
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
      return true;
    default:
      return false;
  }
}

/** The codes of an error and of the errors underneath, outermost first. */
function codesOf(error: unknown): string[] {
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

function messageOf(error: unknown): string {
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

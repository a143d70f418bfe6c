import { STATUS_CODES } from 'node:http';
import type { Host } from '../hosts.js';
import type { Reply } from '../message.js';
import { errorReply } from '../rules/refusal.js';
import type { Fault } from './fault.js';

/** Where the service publishes a code or a text, it is that. */
const KNOWN: Readonly<Record<number, readonly [code: string, message: string]>> = {
  429: ['Throttled', 'Request was not processed because too many requests were received.'],
  500: ['InternalServerError', 'An internal error has occurred.'],
  503: ['ServiceUnavailable', 'The service is temporarily unavailable.'],
};

/** The error that a fault puts in place of the work; `innererror` says that it was asked for. */
export function faultReply(fault: Extract<Fault, { kind: 'error' }>, role: Host['role']): Reply {
  const { status, retryAfter, body } = fault;
  const headers = retryAfter === undefined ? {} : { 'retry-after': `${retryAfter}` };
  const name = STATUS_CODES[status] ?? 'Error';
  if (body === 'html') {
    const page = `<html><head><title>${status} ${name}</title></head><body><h1>${name}</h1></body></html>\n`;
    return { status, headers: { ...headers, 'content-type': 'text/html; charset=utf-8' }, text: page };
  }
  if (body === 'empty') return { status, headers: { ...headers, 'content-type': 'text/plain' }, text: '' };
  if (role === 'login') {
    return { status, headers, body: { error: 'temporarily_unavailable', error_description: `AADSTS90033: ${name}.` } };
  }
  const [code, message] = KNOWN[status] ?? [name.replaceAll(/[^A-Za-z]/g, ''), `${name}.`];
  return errorReply({ status, code, message, inner: 'KeyferryVault.FaultOnDemand' }, headers);
}

/** Too many requests within the published limits of a vault. */
export function throttled(retryAfter: number): Reply {
  const [code, message] = KNOWN[429] as (typeof KNOWN)[number];
  const headers = { 'retry-after': `${retryAfter}` };
  return errorReply({ status: 429, code, message, inner: 'KeyferryVault.Throttled' }, headers);
}

import { printable } from '@keyferry/terminal';
import type { ClientName } from '../identity/credentials.js';
import type { ImportStep } from './import-steps.js';

/** What is found out about a request while it is answered. */
export interface Trace {
  /** The stub client whose token was good. */
  client: ClientName | null;
  /** The faults on demand that it bore. */
  readonly faults: string[];
  /** How far an import came. */
  readonly steps: { readonly step: ImportStep; readonly detail: string }[];
}

/** What the log has of a request: never its query, a header or a body, which can hold secrets. */
export interface RequestEvent extends Readonly<Trace> {
  readonly method: string;
  readonly host: string;
  /** Without the query. */
  readonly path: string;
  /** Null when the answer did not reach the client: it went away, or a fault cut it off. */
  readonly status: number | null;
  readonly ms: number;
}

export interface Log {
  request(event: RequestEvent): void;
  /** Something that the operator should know. */
  note(text: string): void;
  /** An error that nobody foresaw, with its stack. */
  unforeseen(error: unknown): void;
}

/** For people: one line, and one more for each step of an import. */
export function textOf(event: RequestEvent): string {
  const { method, host, path, status, ms, client, faults, steps } = event;
  const parts = [method, host, path, status ?? 'aborted', `${ms.toFixed(1)} ms`, client ?? ''];
  const borne = faults.length === 0 ? '' : `fault ${faults.join(' ')}`;
  const line = [...parts, borne].filter((part) => part !== '').join(' ');
  // What a client sent must not look like a line of its own.
  return [line, ...steps.map(({ step, detail }) => `    ${step.padEnd(10)} ${detail}`)].map(printable).join('\n');
}

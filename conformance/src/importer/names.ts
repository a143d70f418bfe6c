/** What every key of the suite in a vault is called at its beginning; nothing else is ever changed or deleted. */
export const PREFIX = 'keyferry-conformance-';

/** The key whose existence says that a vault is there for tests. */
export const MARKER = `${PREFIX}marker`;

const RUN_ID = /^keyferry-conformance-([0-9a-f]{8})-/;

/** `keyferry-conformance-RUN-WORDS`; a run id has 8 hex digits. At most 127 letters, digits and hyphens. */
export function nameOf(runId: string, words: string): string {
  return `${PREFIX}${runId}-${words.replaceAll(/[^0-9a-zA-Z]+/g, '-')}`.slice(0, 127);
}

/** The run that a name belongs to; null for a key that no run has made. */
export function runOf(name: string): string | null {
  return RUN_ID.exec(name)?.[1] ?? null;
}

import { type Log, textOf } from './request-event.js';

export type LogForm = 'text' | 'json';

/** A log of lines: words for people, or one JSON object a line, `{"at","event":"request|note|unforeseen",...}`. */
export function lineLog(
  form: LogForm,
  { say, warn }: { say(text: string): void; warn(text: string): void },
  now: () => Date = () => new Date(),
): Log {
  if (form === 'text') {
    return {
      request: (event) => say(textOf(event)),
      note: warn,
      unforeseen: (error) => warn(`INTERNAL ${stackOf(error)}`),
    };
  }
  const line = (event: string, members: object) => JSON.stringify({ at: now().toISOString(), event, ...members });
  return {
    request: (event) => say(line('request', { ...event, ms: Math.round(event.ms * 10) / 10 })),
    note: (text) => say(line('note', { text })),
    unforeseen: (error) => say(line('unforeseen', { stack: stackOf(error) })),
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

import { printableJson } from '@keyferry/terminal';
import { type Log, textOf } from './request-event.js';

export type LogForm = 'text' | 'json';

/** Where the lines go. */
export interface LogLines {
  /** For people, and not with --quiet. */
  say(text: string): void;
  /** For people, as a warning. */
  warn(text: string): void;
  /** As it is, whatever --quiet says. */
  write(line: string): void;
}

/** A log of lines: words for people, or one JSON object a line, `{"at","event":"request|note|unforeseen",...}`. */
export function lineLog(form: LogForm, lines: LogLines, now: () => Date = () => new Date()): Log {
  if (form === 'text') {
    return {
      request: (event) => lines.say(textOf(event)),
      note: lines.warn,
      unforeseen: (error) => lines.warn(`INTERNAL ${stackOf(error)}`),
    };
  }
  const line = (event: string, members: object) => printableJson({ at: now().toISOString(), event, ...members });
  return {
    request: (event) => lines.say(line('request', { ...event, ms: Math.round(event.ms * 10) / 10 })),
    note: (text) => lines.write(line('note', { text })),
    unforeseen: (error) => lines.write(line('unforeseen', { stack: stackOf(error) })),
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

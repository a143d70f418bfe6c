import { createInterface } from 'node:readline';
import { StringDecoder } from 'node:string_decoder';
import { KeyferryError } from '@keyferry/errors';
import { printable } from './printable.js';

/** Characters of an answer that is typed without echo; more is no PIN or passphrase. */
const MAX_SECRET = 1024;

/** What arrow and function keys send (ECMA-48 CSI, and SS3): its letters are no part of a PIN. */
const KEY_SEQUENCE = new RegExp(`${String.fromCharCode(27)}(?:\\[[0-?]*[ -/]*[@-~]|O.)`, 'g');

/** Asks on stderr and reads one line from the terminal, with its line editing. Throws NOT_A_TERMINAL, CANCELLED, INTERRUPTED. */
export async function readAnswer(question: string, signal: AbortSignal): Promise<string> {
  needTerminal(question);
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true, historySize: 0 });
  try {
    return await untilAborted(signal, (resolve, reject) => {
      lines.once('line', (line) => resolve(line.trim()));
      lines.once('SIGINT', () => reject(interrupted()));
      lines.once('close', () => reject(endOfInput()));
      lines.setPrompt(prompt(question));
      lines.prompt();
    });
  } catch (error) {
    process.stderr.write('\n');
    throw error;
  } finally {
    lines.close();
  }
}

/** The same without echo: the terminal is put into raw mode, and back on every path. */
export async function readSecret(question: string, signal: AbortSignal): Promise<string> {
  needTerminal(question);
  const { stdin, stderr } = process;
  const edit = secretLine();
  const wasRaw = stdin.isRaw;
  let take = (_bytes: Buffer) => {};
  let gone = () => {};
  stdin.setRawMode(true);
  stderr.write(prompt(question));
  try {
    return await untilAborted(signal, (resolve, reject) => {
      take = (bytes) => {
        try {
          const answer = edit(bytes);
          if (answer !== null) resolve(answer);
        } catch (error) {
          reject(error);
        }
      };
      gone = () => reject(endOfInput());
      stdin.on('data', take).on('end', gone).on('error', gone).resume();
    });
  } finally {
    stdin.off('data', take).off('end', gone).off('error', gone).pause();
    if (!stdin.destroyed) stdin.setRawMode(wasRaw);
    stderr.write('\n');
  }
}

/** A promise that also ends, with the signal's reason, when the signal aborts. */
async function untilAborted(
  signal: AbortSignal,
  start: (resolve: (answer: string) => void, reject: (error: unknown) => void) => void,
): Promise<string> {
  let onAbort = () => {};
  try {
    return await new Promise<string>((resolve, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
      else start(resolve, reject);
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Edits a line from what a raw terminal sends. The function that it returns gives the answer when Enter was among the
 * bytes, else null. Throws INTERRUPTED (Ctrl-C), CANCELLED (Ctrl-D).
 */
export function secretLine(): (bytes: Uint8Array) => string | null {
  const decoder = new StringDecoder('utf8');
  let typed: string[] = [];
  return (bytes) => {
    for (const character of decoder.write(Buffer.from(bytes)).replaceAll(KEY_SEQUENCE, '')) {
      if (character === '\r' || character === '\n') return typed.join('');
      if (character === '\u0003') throw interrupted();
      if (character === '\u0004') throw endOfInput();
      if (character === '\u007f' || character === '\b') typed.pop();
      else if (character === '\u0015') typed = [];
      else if (character >= ' ' && typed.length < MAX_SECRET) typed.push(character);
    }
    return null;
  };
}

function prompt(question: string): string {
  return `${printable(question.trimEnd())} `;
}

function needTerminal(question: string): void {
  const missing = [process.stdin.isTTY ? '' : 'stdin', process.stderr.isTTY ? '' : 'stderr'].filter(Boolean);
  if (missing.length === 0) return;
  throw new KeyferryError('NOT_A_TERMINAL', {
    reason: `the question was "${question.trimEnd()}", but ${missing.join(' and ')} is not a terminal`,
  });
}

function interrupted(): KeyferryError {
  return new KeyferryError('INTERRUPTED', { reason: 'Ctrl-C at the prompt' });
}

function endOfInput(): KeyferryError {
  return new KeyferryError('CANCELLED', { reason: 'the input ended at the prompt (Ctrl-D), without an answer' });
}

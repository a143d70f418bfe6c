import { resolve } from 'node:path';
import { KeyferryError } from '@keyferry/errors';

/**
 * Splits the command of --adapter into words. White space parts them, single and double quotes hold a word together, and
 * no other character means anything: no shell is involved. A word that begins with `./` or `../` is a path from here, since
 * the adapter runs in a folder of its own. USAGE.
 */
export function splitWords(text: string): [command: string, ...words: string[]] {
  const pattern = /\s*((?:[^\s'"]|'[^']*'|"[^"]*")+)/y;
  const words: string[] = [];
  let end = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    words.push((match[1] ?? '').replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double));
    end = pattern.lastIndex;
  }
  const [command, ...rest] = words.map((word) => (/^\.\.?\//.test(word) ? resolve(word) : word));
  if (text.slice(end).trim() !== '') throw new KeyferryError('USAGE', { reason: 'a quote in --adapter is not closed' });
  if (command === undefined || command === '')
    throw new KeyferryError('USAGE', { reason: '--adapter names no command' });
  return [command, ...rest];
}

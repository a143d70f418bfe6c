import { KeyferryError } from '@keyferry/errors';

const PREFIX = 'KEYFERRY-TEST-';

/** The suite makes, changes and destroys objects: it touches only tokens that say by their label that they are for that. TOKEN_NOT_FOR_TESTS. */
export function refuseForeignToken(label: string): void {
  if (label.startsWith(PREFIX)) return;
  throw new KeyferryError('TOKEN_NOT_FOR_TESTS', {
    reason: `expected a label that begins with ${PREFIX}, found "${label}"`,
  });
}

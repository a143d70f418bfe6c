import { FLAGS, type Flag, type Flags } from './step.js';

/** A template in words: ` with CKA_WRAP true and CKA_UNWRAP false`; nothing for an empty one. */
export function wordsOf(template: Flags): string {
  const flags = Object.keys(template) as Flag[];
  if (flags.length === 0) return '';
  return ` with ${flags.map((flag) => `${FLAGS[flag]} ${template[flag]}`).join(' and ')}`;
}

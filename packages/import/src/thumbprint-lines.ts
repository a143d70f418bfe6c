import { type Thumbprint, thumbprintHex } from '@keyferry/blob';

/** A thumbprint as 64 hex digits in groups of 4, two indented lines: the form that is read aloud. */
export function hexLines(thumbprint: Thumbprint): string[] {
  const groups = thumbprintHex(thumbprint).match(/.{4}/g) ?? [];
  return [groups.slice(0, 8), groups.slice(8)].map((line) => `            ${line.join(' ')}`);
}

const LONGEST_SHOWN = 100;

/**
 * Text from outside as it may stand on a terminal or in a file of ours: control and format characters (escape
 * sequences, changes of writing direction), line separators and lone surrogates become U+FFFD.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}

/** A value from outside as an error may show it: JSON, printable, cut off after 100 characters. */
export function shown(value: unknown): string {
  const text = printable(JSON.stringify(value) ?? String(value));
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN)}... (${text.length} characters)`;
}

/** Characters that XML 1.0 cannot hold at all, and those that hide or turn text. */
const UNFIT = /[^\t\n\x20-\u{10ffff}]|[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffe\uffff]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text from a hostile file, fit for the content and the attributes of XML and HTML; what cannot stand there is escaped as `\u{1b}`. */
export function escapeMarkup(text: string): string {
  return text
    .replace(UNFIT, (character) =>
      character === '\t' || character === '\n' ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
    )
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

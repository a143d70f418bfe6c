import { escapeMarkup } from '../markup.js';

/** A piece of HTML that is whole and safe: every text in it went through `escapeMarkup`. */
export class Markup {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

type Part = string | number | null | Markup | readonly Markup[];

/** HTML from a template of ours; what is put in is escaped, unless it is Markup itself. Null puts in nothing. */
export function markup(template: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const [first = '', ...rest] = template;
  return new Markup(first + rest.map((own, index) => sourceOf(parts[index] ?? null) + own).join(''));
}

function sourceOf(part: Part): string {
  if (part === null) return '';
  if (part instanceof Markup) return part.source;
  if (typeof part === 'string' || typeof part === 'number') return escapeMarkup(String(part));
  return part.map(({ source }) => source).join('\n');
}

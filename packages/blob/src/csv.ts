/** A record of a CSV file: its fields by the names of the header, and the line it stands on, counted from 1. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
}

/** How a reader says what is wrong with which line. */
export type RefuseLine = (line: number, reason: string) => never;

/**
 * Reads CSV (RFC 4180) with a header of exactly these columns, in any order. Strict: lines end in CR LF or LF, a field with
 * a quote is quoted as a whole, quotes in it are doubled, every record has as many fields as the header. What the
 * standard allows and no column needs, line breaks within a field, is refused, and so are empty lines. Nothing of the text
 * is repeated: a field may hold what must not be shown. A column of `optional` may be left out: its fields are then empty.
 */
export function parseCsv(
  text: string,
  columns: readonly string[],
  refuse: RefuseLine,
  optional: readonly string[] = [],
): CsvRecord[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const records = lines.map((line, index) => fieldsOf(line.replace(/\r$/, ''), (reason) => refuse(index + 1, reason)));
  const header = records[0] ?? [];
  const strange = header.findIndex((name) => !columns.includes(name));
  if (strange >= 0) refuse(1, `expected the columns ${columns.join(',')}, found another as number ${strange + 1}`);
  const missing = columns.find((name) => !header.includes(name) && !optional.includes(name));
  if (missing !== undefined) refuse(1, `expected the columns ${columns.join(',')}, found no ${missing}`);
  if (new Set(header).size < header.length) refuse(1, 'expected each column once');
  const absent = Object.fromEntries(optional.map((name) => [name, '']));
  return records.slice(1).map((fields, index) => {
    const line = index + 2;
    if (fields.length !== header.length) refuse(line, `expected ${header.length} fields, found ${fields.length}`);
    return { line, fields: { ...absent, ...Object.fromEntries(header.map((name, at) => [name, fields[at] ?? ''])) } };
  });
}

function fieldsOf(line: string, refuse: (reason: string) => never): string[] {
  if (line === '') refuse('expected a record, found an empty line');
  if (line.includes('\r')) refuse('expected lines that end in CR LF or LF, found a CR within one');
  const fields: string[] = [];
  for (let at = 0; at <= line.length; at += 1) {
    const start = at;
    at = line[at] === '"' ? endOfQuoted(line, at, refuse) : endOfBare(line, at, refuse);
    const field = line.slice(start, at);
    fields.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
  }
  return fields;
}

function endOfQuoted(line: string, start: number, refuse: (reason: string) => never): number {
  for (let at = start + 1; at < line.length; at += 1) {
    if (line[at] !== '"') continue;
    if (line[at + 1] === '"') at += 1;
    else if (at + 1 === line.length || line[at + 1] === ',') return at + 1;
    else refuse(`expected a comma after the closing quote, found another character at ${at + 2}`);
  }
  return refuse('expected the closing quote on the same line');
}

function endOfBare(line: string, start: number, refuse: (reason: string) => never): number {
  const comma = line.indexOf(',', start);
  const end = comma < 0 ? line.length : comma;
  const quote = line.slice(start, end).indexOf('"');
  if (quote >= 0)
    refuse(`expected a field with quotes to be quoted as a whole, found a bare quote at ${start + quote + 1}`);
  return end;
}

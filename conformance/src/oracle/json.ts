/** Strict UTF-8. `text` is without the byte order mark that `bom` tells of. Null where the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): { text: string; bom: boolean } | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const bom = text.startsWith('\ufeff');
    return { text: bom ? text.slice(1) : text, bom };
  } catch {
    return null;
  }
}

export type JsonReading = { readonly value: unknown; readonly duplicates: readonly string[] } | { fault: string };

/** One JSON text (RFC 8259), and the names of members that stand twice in one object, however they are escaped. */
export function readJson(text: string): JsonReading {
  try {
    return { value: JSON.parse(text), duplicates: duplicateMembers(text) };
  } catch (error) {
    return { fault: (error as SyntaxError).message };
  }
}

/** Expects a text that JSON.parse takes: then a string before a colon can only be the name of a member. */
function duplicateMembers(text: string): string[] {
  const duplicates: string[] = [];
  const open: Set<string>[] = [];
  let last = '';
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g)) {
    if (token === '{' || token === '[') {
      open.push(new Set());
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (token === ':') {
      const name: string = JSON.parse(last);
      const names = open.at(-1);
      if (names?.has(name)) duplicates.push(name);
      names?.add(name);
    }
    last = token;
  }
  return duplicates;
}

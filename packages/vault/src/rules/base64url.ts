/** Decodes unpadded base64url (RFC 4648 section 5); null for any other spelling, also one with stray bits at its end. */
export function fromBase64url(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}

/** The same, with the padding that RFC 4648 wants and JOSE leaves out also accepted. */
export function fromPaddableBase64url(text: string): Buffer | null {
  return text.endsWith('=') && text.length % 4 === 0 ? fromBase64url(text.replace(/={1,2}$/, '')) : fromBase64url(text);
}

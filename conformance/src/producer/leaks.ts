/** Whether a text spells the bytes of a key: in hex, with any separators, or in base64 of either alphabet. */
export function spells(text: string, secret: Uint8Array): boolean {
  const bytes = Buffer.from(secret);
  const hex = text.toLowerCase().replaceAll(/(?<=[0-9a-f]{2})[\s:]+(?=[0-9a-f]{2})/g, '');
  if (hex.includes(bytes.toString('hex'))) return true;
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/').replaceAll(/\r?\n/g, '');
  return [0, 1, 2].some((shift) => base64.includes(base64Within(bytes, shift)));
}

/** What stays the same of the bytes in base64 when `shift` unknown bytes stand before them, and any after. */
function base64Within(bytes: Buffer, shift: number): string {
  const skipped = (3 - shift) % 3;
  const whole = bytes.subarray(skipped, bytes.length - ((bytes.length - skipped) % 3));
  return whole.toString('base64');
}

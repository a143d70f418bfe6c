/** Writes a log as pkcs11-spy of OpenSC 0.23 writes it: the bytes of one program that loaded it. */
export function spyText(calls: readonly SpyTextCall[]): Buffer {
  return Buffer.concat([
    Buffer.from('\n\n*************** OpenSC PKCS#11 spy *****************\nLoaded: "/usr/lib/module.so"\n'),
    ...calls.map((call, number) => textOfCall(call, number)),
  ]);
}

export interface SpyTextCall {
  readonly name: string;
  readonly lines?: readonly (string | Buffer)[];
  readonly returned?: string;
}

export function textOfCall({ name, lines = [], returned = '0 CKR_OK' }: SpyTextCall, number: number): Buffer {
  const body = lines.map((line) => (typeof line === 'string' ? Buffer.from(`${line}\n`) : line));
  return Buffer.concat([
    Buffer.from(`\n${number}: ${name}\n2026-11-26 10:01:34.026\n`),
    ...body,
    Buffer.from(`Returned:  ${returned}\n`),
  ]);
}

/** `[in] pPin[ulPinLen] 0000000021c50040 / 9` and the lines of its bytes. */
export function dumped(line: string, bytes: Uint8Array): Buffer {
  const rows: Buffer[] = [Buffer.from(`${line} 0000000021c50040 / ${bytes.length}`)];
  for (let offset = 0; offset === 0 || offset < bytes.length; offset += 16) {
    const row = bytes.subarray(offset, offset + 16);
    const hex = [...row].map((byte) => `${byte.toString(16).toUpperCase().padStart(2, '0')} `).join('');
    const text = Buffer.alloc(16, ' ');
    text.set(row.map((byte) => (byte > 31 && byte < 128 ? byte : 0x2e)));
    const at = offset.toString(16).toUpperCase().padStart(8, '0');
    rows.push(Buffer.from(`\n    ${at}  ${hex.padEnd(48)} `), text);
  }
  return Buffer.concat([...rows, Buffer.from('\n')]);
}

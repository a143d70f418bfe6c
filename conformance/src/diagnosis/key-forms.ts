import { judgeKwp } from '../oracle/kwp.js';
import { judgePkcs8 } from '../oracle/pkcs8.js';
import { createReport } from '../oracle/report.js';
import { isBlocks } from './evidence.js';

/** Whether the bytes begin with PKCS#8, whatever follows it. */
export function beginsWithPkcs8(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x30) return false;
  const report = createReport();
  judgePkcs8(bytes, report);
  return report.findings().some(({ id, level }) => id === 'blob/encoding/form' && level === 'pass');
}

/** Whether the bytes open by RFC 5649 under that AES key. By chance about one of 2^60 does. */
export function opensByKwp(aesKey: Uint8Array, bytes: Uint8Array): boolean {
  if (![16, 24, 32].includes(aesKey.length) || !isBlocks(bytes)) return false;
  const report = createReport();
  judgeKwp(aesKey, bytes, report)?.fill(0);
  return report.findings().filter(({ id, level }) => id.startsWith('blob/kwp/') && level === 'pass').length === 3;
}

/** The bytes without their PKCS#7 padding to a multiple of `size`; null where there is none. */
export function withoutPkcs7(bytes: Uint8Array, size: number): Uint8Array | null {
  const padding = bytes.at(-1) ?? 0;
  if (padding === 0 || padding > size || padding > bytes.length) return null;
  const end = bytes.length - padding;
  return bytes.subarray(end).every((byte) => byte === padding) ? bytes.subarray(0, end) : null;
}

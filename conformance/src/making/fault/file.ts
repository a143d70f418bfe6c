import type { FILE } from '../../diagnosis/table/file.js';
import { base64url } from '../../oracle/bytes.js';
import type { Fault } from './fault.js';

/** The text of a right blob turned into another text, or into other bytes. */
const text =
  (write: (text: string, ciphertext: Uint8Array) => string | Uint8Array): Fault =>
  () => ({ file: (json, ciphertext) => Buffer.from(write(json, ciphertext) as string) });
const base64 = (content: string) => Buffer.from(content).toString('base64');

export const FILE_FAULTS: Readonly<Record<keyof typeof FILE, Fault>> = {
  'file/empty': text(() => ''),
  'file/too-large': text((json) => json + ' '.repeat(65537)),
  'file/utf-16': text((json) => Buffer.from(`\ufeff${json}`, 'utf16le')),
  'file/bare-ciphertext': text((_, ciphertext) => ciphertext),
  'file/other-charset': text((json) => Buffer.from(json.replace('practice', 'gen\u00e9rateur'), 'latin1')),
  'file/bom': text((json) => `\ufeff${json}`),
  'file/nul': text((json) => `${json}\0`),
  'file/base64': text(base64),
  'file/base64-twice': text((json) => base64(base64(json))),
  'file/hex': text((json) => Buffer.from(json).toString('hex')),
  'file/ciphertext-text': text((_, ciphertext) => base64url(ciphertext)),
  'file/jwe-compact': text(
    (json, ciphertext) =>
      `${base64(json.slice(0, 90)).replace(/=+$/, '')}.${base64url(ciphertext.subarray(0, 256))}.AAAA.${base64url(ciphertext.subarray(256))}.AAAA`,
  ),
  'file/python-literal': text((json) => json.replaceAll('"', "'")),
  'file/trailing-comma': text((json) => json.replace(/}$/, ',}')),
  'file/line-break-in-text': text((json) => json.replace(/[\w-]{64}/g, '$&\n')),
  'file/truncated': text((json) => json.slice(0, -40)),
  'file/text-after': text((json) => `${json}${json}`),
  'file/text-before': text((json) => `wrapped 1 key\n${json}`),
  'file/array': text((json) => `[${json}]`),
  'file/json-text': text((json) => JSON.stringify(json)),
  'file/not-json': text((json) => json.replaceAll('"', '')),
};

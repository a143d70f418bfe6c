import type { BASE64 } from '../../diagnosis/table/base64.js';
import { base64url } from '../../oracle/bytes.js';
import type { Fault } from './fault.js';

const spelt =
  (spell: (ciphertext: Buffer) => string): Fault =>
  () => ({ spell: (ciphertext) => spell(Buffer.from(ciphertext)) });
/** The last character is a matter only where base64 pads: an AES target of the right size makes such a length. */
const ofAesTarget =
  (spell: (ciphertext: Buffer) => string): Fault =>
  (material) => {
    const pads = (target: Uint8Array) => (material.kek.bytes + target.length + 8) % 3 !== 0;
    const target = [material.target('aes-256'), material.target('aes-128')].find(pads);
    return { ...(target ? { target } : {}), ...spelt(spell)(material) };
  };
const lines = (text: string, lineBreak: string) => text.replace(/.{76}/g, `$&${lineBreak}`);

export const BASE64_FAULTS: Readonly<Record<keyof typeof BASE64, Fault>> = {
  'base64/empty': spelt(() => ''),
  'base64/standard': spelt((ciphertext) => ciphertext.toString('base64').replace(/=+$/, '')),
  'base64/line-breaks': spelt((ciphertext) => lines(base64url(ciphertext), '\n')),
  'base64/crlf': spelt((ciphertext) => lines(base64url(ciphertext), '\r\n')),
  'base64/plus-lost': spelt((ciphertext) => ciphertext.toString('base64').replaceAll('+', ' ').replace(/=+$/, '')),
  'base64/percent': spelt((ciphertext) => encodeURIComponent(ciphertext.toString('base64'))),
  'base64/pem': spelt(
    (ciphertext) => `-----BEGIN KEY-----\n${lines(ciphertext.toString('base64'), '\n')}\n-----END KEY-----\n`,
  ),
  'base64/foreign-characters': spelt((ciphertext) => `<${base64url(ciphertext)}>`),
  'base64/character-lost': spelt((ciphertext) => base64url(ciphertext).slice(0, ((ciphertext.length - 8) & ~3) | 1)),
  'base64/stray-bits': ofAesTarget((ciphertext) => {
    const text = base64url(ciphertext);
    return `${text.slice(0, -1)}${String.fromCharCode(text.charCodeAt(text.length - 1) + 1)}`;
  }),
  'base64/padding': ofAesTarget(
    (ciphertext) => `${base64url(ciphertext)}${'='.repeat((3 - (ciphertext.length % 3)) % 3)}`,
  ),
  'base64/too-much-padding': spelt((ciphertext) => `${base64url(ciphertext)}====`),
  'base64/hex': spelt((ciphertext) => ciphertext.toString('hex')),
  'base64/twice': spelt((ciphertext) => base64url(Buffer.from(ciphertext.toString('base64')))),
  'base64/of-hex': spelt((ciphertext) => base64url(Buffer.from(ciphertext.toString('hex')))),
  'base64/of-text': spelt((ciphertext) => base64url(Buffer.from(ciphertext.toString('utf8')))),
};

import type { DiagnosisId } from './diagnoses.js';
import type { Evidence } from './evidence.js';

/** A ciphertext that is no base64url. */
export function explainBase64(evidence: Evidence): DiagnosisId {
  const text = textOf(evidence);
  if (text === '') return 'base64/empty';
  if (text.includes('-----BEGIN')) return 'base64/pem';
  if (/\r/.test(text)) return 'base64/crlf';
  if (/\n/.test(text)) return 'base64/line-breaks';
  if (/%2b|%2f|%3d/i.test(text)) return 'base64/percent';
  if (text.includes(' ') && /^[A-Za-z0-9/ =]+$/.test(text)) return 'base64/plus-lost';
  if (/[^A-Za-z0-9_\-+/=]|=[^=]/.test(text)) return 'base64/foreign-characters';
  if (/[+/]/.test(text)) return 'base64/standard';
  return text.replaceAll('=', '').length % 4 === 1 ? 'base64/character-lost' : 'base64/stray-bits';
}

/** A ciphertext that is base64url, but of something that was encoded before. Null where it is not. */
export function explainSpelling(evidence: Evidence): DiagnosisId | null {
  const text = textOf(evidence);
  if (text.length > 200 && /^[0-9A-Fa-f]+$/.test(text)) return 'base64/hex';
  const decoded = Buffer.from(evidence.ciphertext).toString('latin1');
  if (decoded.length <= 200) return null;
  if (/^[0-9A-Fa-f]+\s*$/.test(decoded)) return 'base64/of-hex';
  if (/^[A-Za-z0-9+/_-]+[=\s]*$/.test(decoded)) return 'base64/twice';
  return decoded.split('\xef\xbf\xbd').length > 20 ? 'base64/of-text' : null;
}

function textOf({ blob }: Evidence): string {
  return typeof blob?.ciphertext === 'string' ? blob.ciphertext : '';
}

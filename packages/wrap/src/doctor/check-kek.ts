import { checkKek, type Kek, MAX_KEK_BYTES, NOT_CHECKED, readKek, thumbprintHex } from '@keyferry/blob';
import { type ErrorCode, KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';
import { attempt } from './attempt.js';
import { type Finding, notChecked, ok, problem, warning } from './findings.js';

/** Seconds. A KEK must live until the blob has been imported on the other side of the gap. */
const SHORT_LIFE = 24 * 60 * 60;

/** Reads the KEK and holds it against every rule; null when it cannot be read. */
export async function checkKekFile(
  path: string | undefined,
  kid: string | undefined,
  now: Date,
): Promise<{ kek: Kek | null; findings: Finding[] }> {
  const findings: Finding[] = [];
  if (path === undefined) {
    return { kek: null, findings: [notChecked('kek/file', 'the KEK: none is given', 'add --kek FILE')] };
  }
  const kek = await attempt('kek/file', findings, async () =>
    readKek(await readBoundedFile(path, { maxBytes: MAX_KEK_BYTES }), { kid }),
  );
  if (kek !== null) findings.push(...describeKek(kek), ...rules(kek, now), ...unchecked(kek));
  return { kek, findings };
}

function describeKek(kek: Kek): Finding[] {
  const kind = kek.kid.vault.kind === 'vault' ? 'Key Vault' : 'Managed HSM';
  return [
    ok('kek/file', `RSA ${kek.bits}, ${kek.kid.text}, in a ${kind}`),
    ok('kek/thumbprint', `${kek.thumbprint} (SHA-256 ${thumbprintHex(kek.thumbprint)})`),
  ];
}

/** What makes a rule content, so that the rules behind it have their say too. */
const MENDED: Partial<Record<ErrorCode, (kek: Kek) => Kek>> = {
  KEK_SIZE: (kek) => ({ ...kek, bits: 2048 }),
  KEK_EXPONENT: (kek) => ({ ...kek, key: { ...kek.key, e: 'AQAB' } }),
  KEK_OPS_NOT_IMPORT_ONLY: (kek) => ({ ...kek, keyOps: ['import'] }),
  KEK_DISABLED: (kek) => withAttributes(kek, { enabled: true }),
  KEK_NOT_YET_VALID: (kek) => withAttributes(kek, { nbf: null }),
  KEK_EXPIRED: (kek) => withAttributes(kek, { exp: null }),
};

function withAttributes(kek: Kek, changed: Partial<NonNullable<Kek['attributes']>>): Kek {
  return kek.attributes === null ? kek : { ...kek, attributes: { ...kek.attributes, ...changed } };
}

function rules(kek: Kek, now: Date): Finding[] {
  const broken: Finding[] = [];
  let judged = kek;
  for (;;) {
    try {
      checkKek(judged, now);
      break;
    } catch (error) {
      if (!(error instanceof KeyferryError)) throw error;
      broken.push(problem('kek/rules', `${error.message} [${error.code}]`, error.hint));
      const mend = MENDED[error.code];
      if (mend === undefined) break;
      judged = mend(judged);
    }
  }
  if (broken.length > 0) return broken;
  return [ok('kek/rules', 'every rule of KEKs that the file lets check is kept'), ...expiry(kek, now)];
}

function expiry({ attributes }: Kek, now: Date): Finding[] {
  if (attributes === null) return [];
  if (attributes.exp === null) return [ok('kek/expiry', 'the KEK does not expire')];
  const seconds = attributes.exp - now.getTime() / 1000;
  const text = `the KEK expires in ${inWords(seconds)}`;
  if (seconds >= SHORT_LIFE) return [ok('kek/expiry', text)];
  return [warning('kek/expiry', text, 'the blob must be imported before')];
}

function inWords(seconds: number): string {
  const [unit, name] = seconds < 2 * 3600 ? [60, 'minutes'] : seconds < 2 * 86400 ? [3600, 'hours'] : [86400, 'days'];
  return `${Math.floor(seconds / Number(unit))} ${name}`;
}

function unchecked(kek: Kek): Finding[] {
  return kek.notChecked.map((id) => notChecked(`kek/${id.replace(/^kek-/, '')}`, NOT_CHECKED[id]));
}

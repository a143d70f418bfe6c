import { notCheckedLines } from '@keyferry/blob';
import { printable } from '@keyferry/terminal';
import type { Inspection } from './commands/inspect.js';
import { fact, hexGroups } from './reading-aloud.js';

/** Of a hostile file's members and oddities so many are shown; --json has them all. */
const MOST = 20;
/** Characters of one of its texts. */
const LONGEST = 300;

/** What `inspect` shows to operator and witness. */
export function describeInspection(blob: Inspection): string {
  return [
    ...(blob.practice ? ['PRACTICE: made for practice, as it says itself'] : []),
    `${KINDS[blob.kind]}, taken apart from outside: nothing was decrypted`,
    '',
    ...fact('file', printable(blob.file), `${blob.size} bytes`),
    ...fact('SHA-256', ...hexGroups(blob.sha256)),
    ...fact('members', membersInWords(blob.members)),
    ...fact('version', textOf(blob.schemaVersion)),
    ...fact('alg, enc', `${textOf(blob.header.alg)}, ${textOf(blob.header.enc)}`),
    ...fact('generator', textOf(blob.generator)),
    '',
    ...fact('kid', textOf(blob.header.kid)),
    ...kekLines(blob.kek),
    '',
    ...ciphertextLines(blob),
    '',
    ...fact('manifest', MANIFEST[blob.manifest]),
    '',
    ...blob.findings.slice(0, MOST).map(findingLine),
    ...(blob.findings.length > MOST
      ? [`... and ${blob.findings.length - MOST} more findings; --json has them all`]
      : []),
    verdictLine(blob),
    '',
    ...notCheckedLines(blob.notChecked),
  ].join('\n');
}

const KINDS: Readonly<Record<Inspection['kind'], string>> = {
  transfer: 'KEY TRANSFER BLOB (BYOK)',
  release: 'BLOB OF SECURE KEY RELEASE',
  unknown: 'BLOB OF AN UNKNOWN VERSION',
};

const MANIFEST: Readonly<Record<Inspection['manifest'], string>> = {
  matches: 'describes this very file',
  differs: 'DESCRIBES ANOTHER FILE',
  'not given': 'not given',
};

/** `schema_version, header (kid, alg, enc), ciphertext, generator` */
function membersInWords(members: readonly string[]): string {
  const inner = members.filter((name) => name.startsWith('header.')).map((name) => name.slice('header.'.length));
  const outer = members.filter((name) => !name.startsWith('header.'));
  const named = outer.map((name) =>
    name === 'header' && inner.length > 0 ? `header (${someOf(inner).join(', ')})` : printable(name),
  );
  return someOf(named).join(', ');
}

function someOf(names: readonly string[]): string[] {
  const shown = names.slice(0, MOST).map(printable);
  return names.length > MOST ? [...shown, `and ${names.length - MOST} more`] : shown;
}

function textOf(value: string | null): string {
  if (value === null) return 'none';
  return value.length <= LONGEST
    ? printable(value)
    : `${printable(value.slice(0, LONGEST))}... (${value.length} characters)`;
}

function kekLines(kek: Inspection['kek']): string[] {
  if (kek === null) return fact('', 'which names no version of a key in a known vault');
  const kind = kek.vault.kind === 'vault' ? 'Key Vault' : 'Managed HSM';
  return [
    ...fact('  lives in', `${kind} ${kek.vault.url}`),
    ...fact('  key', kek.name),
    ...fact('  version', kek.version),
  ];
}

/** For each size of KEK how the ciphertext would be divided, and which keys the second part can be. */
function ciphertextLines({ ciphertextBytes, candidates }: Inspection): string[] {
  if (ciphertextBytes === null) return fact('ciphertext', 'its bytes cannot be told');
  const head = `${ciphertextBytes} bytes: a wrapped AES key, and the target key wrapped under it.`;
  if (candidates.length === 0) return fact('ciphertext', head, 'No key that the service takes has this length.');
  const sizes = [...new Set(candidates.map(({ kekBits }) => kekBits))];
  return fact(
    'ciphertext',
    `${head} Its length allows`,
    ...sizes.flatMap((size) => {
      const fitting = candidates.filter(({ kekBits }) => kekBits === size);
      const [first] = fitting;
      if (first === undefined) return [];
      return [
        `- under a KEK of ${size} bits: ${fitting.map(targetName).join(' or ')}`,
        `  ${range(first.wrappedAesKey)} the AES key, ${range(first.wrappedTargetKey)} the target key`,
      ];
    }),
  );
}

function targetName({ type, bits, crv }: Inspection['candidates'][number]): string {
  return crv === null ? `${type === 'oct' ? 'AES' : type} ${bits}` : `EC ${crv}`;
}

function range({ offset, length }: { offset: number; length: number }): string {
  return `bytes ${offset} to ${offset + length - 1} (${length})`;
}

function findingLine({ level, code, text }: Inspection['findings'][number]): string {
  return code === null ? `${level}: ${text}` : `${level}[${code}]: ${text}`;
}

function verdictLine({ verdict, findings }: Inspection): string {
  if (verdict === 'no-fault-found') return 'VERDICT     no fault found from outside';
  if (verdict === 'not-for-import') return 'VERDICT     NOT FOR IMPORT: this is a blob of Secure Key Release';
  const errors = findings.filter(({ level }) => level === 'error').length;
  return `VERDICT     FAULTY: ${errors === 1 ? 'one error' : `${errors} errors`}, for which no importer should take this blob`;
}

import type { DiagnosisId } from './diagnoses.js';
import { type Evidence, isObject } from './evidence.js';

const IN_BLOB = ['schema_version', 'header', 'ciphertext', 'generator'];
const IN_HEADER = ['kid', 'alg', 'enc'];

/** Members that are missing, or not what they should be. */
export function explainMembers({ blob, header }: Evidence): DiagnosisId {
  const found = blob ?? {};
  if ('key_hsm' in found || isObject(found.key)) return 'members/request-body';
  if ('protected' in found || 'encrypted_key' in found) return 'members/jwe-json';
  if (typeof found.header === 'string') return 'members/header-text';
  if (found.header === undefined && IN_HEADER.every((name) => name in found)) return 'members/flat-header';
  if (misspelt(found, IN_BLOB) || misspelt(header, IN_HEADER)) return 'members/names';
  if (isBytes(found.ciphertext)) return 'members/byte-array';

  const missing = [...absent(found, IN_BLOB), ...(isObject(found.header) ? absent(header, IN_HEADER) : [])];
  if (missing.length === 0) return 'members/type';
  const [only] = missing.length === 1 ? missing : [];
  if (only === 'generator') return 'members/generator-missing';
  if (only === 'schema_version') return 'members/schema-version-missing';
  return only === 'kid' ? 'members/kid-missing' : 'members/missing';
}

/** Members that stand there without need; where that comes from another fault, it is that. */
export function explainUnknownMembers(evidence: Evidence): DiagnosisId {
  const { blob, header } = evidence;
  const complete = absent(blob ?? {}, IN_BLOB).length === 0 && absent(header, IN_HEADER).length === 0;
  return complete ? 'members/unknown' : (structuralFault(evidence) ?? 'members/unknown');
}

/** A fault that moves or renames members, so that the same one shows in more than one check. */
export function structuralFault(evidence: Evidence): DiagnosisId | null {
  const id = explainMembers(evidence);
  const moved = ['members/request-body', 'members/jwe-json', 'members/flat-header', 'members/names'];
  return moved.includes(id) ? id : null;
}

export function explainSchemaVersion({ blob }: Evidence): DiagnosisId {
  return blob?.schema_version === '1.0' ? 'members/secure-key-release' : 'members/schema-version';
}

export function explainAlg({ header }: Evidence): DiagnosisId {
  return /^(RSA|ECDH|PBES2|A\d{3}(GCM)?KW)/.test(String(header.alg)) ? 'members/alg-of-jose' : 'members/alg';
}

export function explainEnc({ header: { enc } }: Evidence): DiagnosisId {
  if (enc === 'CKM_RSA_AES_KEY_WRAP_PAD') return 'members/enc-pad';
  return /^A\d{3}(GCM|CBC)/.test(String(enc)) ? 'members/enc-of-jose' : 'members/enc';
}

function absent(object: Readonly<Record<string, unknown>>, names: readonly string[]): string[] {
  return names.filter((name) => object[name] === undefined || object[name] === null);
}

/** Whether one of the names is missing, and stands there in another spelling. */
function misspelt(object: Readonly<Record<string, unknown>>, names: readonly string[]): boolean {
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z]/g, '');
  const others = Object.keys(object).filter((name) => !names.includes(name));
  return names.some((name) => !(name in object) && others.some((other) => plain(other) === plain(name)));
}

/** An array of numbers, or what JSON.stringify makes of a Buffer of Node. */
function isBytes(value: unknown): boolean {
  const array = isObject(value) ? value.data : value;
  return Array.isArray(array) && array.every((byte) => typeof byte === 'number');
}

import { statSync } from 'node:fs';
import { sha256OfFile } from '@keyferry/files';
import type { Pkcs11Module, Pkcs11Uri, Token } from '@keyferry/pkcs11';
import { attempt } from './attempt.js';
import { type Finding, ok, problem, warning } from './findings.js';

/** The library that speaks to the HSM, and the tokens that it shows. */
export async function checkModule(module: Pkcs11Module, sha256: string): Promise<Finding[]> {
  const { manufacturer, description, libraryVersion, cryptokiVersion } = module.info;
  const tokens = module.tokens();
  const everybody = (statSync(module.path).mode & 0o002) !== 0;
  return [
    ok('module/file', `${module.path}, SHA-256 ${sha256}`),
    ...(everybody
      ? [warning('module/mode', 'every user of this machine can change the module', `chmod o-w ${module.path}`)]
      : []),
    ok('module/library', `${manufacturer}, ${description}, version ${libraryVersion}; PKCS#11 ${cryptokiVersion}`),
    tokens.length === 0
      ? problem('module/tokens', 'no token is present', 'put the token in, or configure the client of the HSM')
      : ok('module/tokens', `present: ${tokens.map(shortName).join(', ')}`),
  ];
}

export function sha256OfModule(module: Pkcs11Module): Promise<string> {
  return sha256OfFile(module.path);
}

function shortName(token: Token): string {
  const name = token.flags.initialized ? `"${token.label}"` : 'one that is not initialised';
  return `${name} (serial ${token.serial}, slot ${token.slotId})`;
}

/** What names the token: --token, else --key. Attributes of RFC 7512 that name no token count for nothing. */
export interface TokenChoice {
  readonly token: Pkcs11Uri | null;
  readonly key: Pkcs11Uri | null;
}

/** The token that is meant; null, with a problem, when there is none or more than one. */
export async function chooseToken(
  module: Pkcs11Module,
  { token, key }: TokenChoice,
): Promise<{ token: Token | null; findings: Finding[] }> {
  const findings: Finding[] = [];
  const chosen = await attempt(
    'token/choice',
    findings,
    () => module.findToken(token ?? key ?? {}),
    (id, text, hint) => problem(id, text, token === null && key === null ? 'name the token with --token' : hint),
  );
  if (chosen !== null && token !== null && key !== null) {
    const ofKey = await attempt('token/choice', findings, () => module.findToken(key));
    if (ofKey !== null && ofKey.slotId !== chosen.slotId) {
      findings.push(problem('token/choice', `--token names "${chosen.label}", and --key "${ofKey.label}"`));
    }
  }
  return { token: chosen, findings };
}

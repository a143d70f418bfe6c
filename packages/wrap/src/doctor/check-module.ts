import { statSync } from 'node:fs';
import { sha256OfFile } from '@keyferry/files';
import type { Pkcs11Module, Pkcs11Uri, Token } from '@keyferry/pkcs11';
import { attempt } from './attempt.js';
import { type Finding, ok, problem, warning } from './findings.js';

/** The library that speaks to the HSM. */
export function checkModule(module: Pkcs11Module, sha256: string): Finding[] {
  const { manufacturer, description, libraryVersion, cryptokiVersion } = module.info;
  const everybody = (statSync(module.path).mode & 0o002) !== 0;
  return [
    ok('module/file', `${module.path}, SHA-256 ${sha256}`),
    ...(everybody
      ? [warning('module/mode', 'every user of this machine can change the module', `chmod o-w ${module.path}`)]
      : []),
    ok('module/library', `${manufacturer}, ${description}, version ${libraryVersion}; PKCS#11 ${cryptokiVersion}`),
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

/** Which tokens are there, and which is meant; null, with a problem, when it is none or more than one. */
export async function chooseToken(
  module: Pkcs11Module,
  { token, key }: TokenChoice,
  findings: Finding[],
): Promise<Token | null> {
  await attempt('module/tokens', findings, () => findings.push(present(module.tokens())));
  const chosen = await attempt(
    'token/choice',
    findings,
    () => module.findToken(token ?? key ?? {}),
    (id, text, hint) => problem(id, text, token === null && key === null ? 'name the token with --token' : hint),
  );
  if (chosen === null || token === null || key === null) return chosen;
  const ofKey = await attempt('token/choice', findings, () => module.findToken(key));
  if (ofKey !== null && ofKey.slotId !== chosen.slotId) {
    findings.push(problem('token/choice', `--token names "${chosen.label}", and --key "${ofKey.label}"`));
  }
  return chosen;
}

function present(tokens: readonly Token[]): Finding {
  if (tokens.length > 0) return ok('module/tokens', `present: ${tokens.map(shortName).join(', ')}`);
  return problem('module/tokens', 'no token is present', 'put the token in, or configure the client of the HSM');
}

import { readFileSync } from 'node:fs';

const PASSED = ['PATH', 'HOME', 'LANG', 'SOFTHSM2_CONF'];

/** What of this process's environment the tool gets: what it needs to run, KEYFERRY_*, and the names of --env. */
export function cleanEnvironment(
  names: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const passes = (name: string) => PASSED.includes(name) || name.startsWith('KEYFERRY_') || names.includes(name);
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && passes(name) ? [[name, value]] : [],
    ),
  );
}

/** The PINs and passwords that the environment holds, itself or in a file that it names: no text that is kept has them. */
export function secretsIn(environment: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(environment)
    .filter(([name]) => /PIN|PASS|SECRET/.test(name))
    .map(([name, value]) => (name.endsWith('_FILE') ? contentOf(value) : value))
    .filter((secret) => secret !== '');
}

/** Puts `(cut)` in the place of each secret, and of what stands after a word such as `pin=`. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const cut = secrets.reduce((rest, secret) => rest.replaceAll(secret, '(cut)'), text);
  return cut.replaceAll(/\b((?:so|user)?[-_ ]?(?:pin|password)(?:-value)?\s*[=:]\s*)[^\s,;]+/gi, '$1(cut)');
}

/** Empty where it cannot be read: then the tool cannot read it either. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

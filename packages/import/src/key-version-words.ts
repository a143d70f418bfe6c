/**
 * Joins `--version V` to `--version=V` after a command. The bare word asks every program for its own
 * version, and `verify --version V` would then end well without having verified anything.
 */
export function joinKeyVersion(argv: readonly string[]): string[] {
  const words = [...argv];
  const i = words.indexOf('--version');
  const version = words[i + 1];
  if (i > 0 && version !== undefined && !version.startsWith('-')) {
    words.splice(i, 2, `--version=${version}`);
  }
  return words;
}

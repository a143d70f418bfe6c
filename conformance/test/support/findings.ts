import type { Finding, Level } from '../../src/oracle/index.js';

/** The ids of one level. */
export function idsOf(findings: readonly Finding[], level: Level): string[] {
  return findings.filter((finding) => finding.level === level).map(({ id }) => id);
}

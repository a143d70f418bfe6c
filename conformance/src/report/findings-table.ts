import type { Finding, Level } from '../oracle/index.js';

/** The findings as lines: level, id, what was found; below a fail or a warning also what was expected, and the clause. */
export function findingsTable(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ id }) => id.length));
  return findings
    .flatMap(({ id, level, actual, expected, clause }) => {
      const line = `${level.padEnd(11)}  ${id.padEnd(width)}  ${actual}`;
      if (level === 'pass' || level === 'not-checked') return [line];
      return [line, `${' '.repeat(13)}expected: ${expected}`, `${' '.repeat(13)}clause:   ${clause}`];
    })
    .join('\n');
}

/** Such as `2 fail, 1 warn, 30 pass, 4 not-checked`; levels without a finding are left out. */
export function countFindings(findings: readonly Finding[]): string {
  const levels: readonly Level[] = ['fail', 'warn', 'pass', 'not-checked'];
  return levels
    .map((level) => [findings.filter((finding) => finding.level === level).length, level] as const)
    .filter(([count]) => count > 0)
    .map(([count, level]) => `${count} ${level}`)
    .join(', ');
}

import { SUITE_CASES } from 'keyferry-conformance';

/** docs/suite-cases.md: every case of the suite; those of the matrix of KEK and target as one table each. */
export function suiteCasesPage(): string {
  const lines = [
    '# What the suite puts to tools and modules',
    '',
    'Each case has an id that never changes, and a level: **must** (the standard says so), **should** (what is known to be safe) or',
    '**may** (for information). Exceptions, `--run` and reports name cases by their ids. `keyferry-conformance explain ID` shows the',
    'same, without a network. This page is generated from the tables in `conformance/src` by `scripts/generate-docs.ts`.',
    '',
  ];
  for (const [kind, cases] of Object.entries(SUITE_CASES)) {
    lines.push(`## keyferry-conformance ${kind}`, '');
    const matrix = cases.filter(({ cell }) => cell !== null);
    if (matrix.length > 0) {
      lines.push('| Case | KEK | Target | Level |', '| --- | --- | --- | --- |');
      for (const { id, cell, level } of matrix) lines.push(`| ${id} | ${cell?.kek} | ${cell?.target} | ${level} |`);
      lines.push('');
      for (const { clause, why } of distinct(matrix)) lines.push(`- Clause: ${clause}`, `- Why: ${why}`, '');
    }
    for (const { id, level, title, clause, why } of cases.filter(({ cell }) => cell === null)) {
      lines.push(`### ${id}`, '', `**${level}**: ${title}.`, '', `- Clause: ${clause}`, `- Why: ${why}`, '');
    }
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

/** The cases of the matrix differ in little more than their cell. */
function distinct<C extends { clause: string; why: string }>(cases: readonly C[]): C[] {
  return [...new Map(cases.map((one) => [`${one.clause}\n${one.why}`, one])).values()];
}

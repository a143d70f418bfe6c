import { CASES, CHECK_IDS, CHECKS, DIAGNOSES, diagnosesOf, stageOf } from 'keyferry-conformance';

/** docs/blob-cases.md: every check, and below it the faults that it is known to find. */
export function blobCasesPage(): string {
  const lines = [
    '# What the judge checks in a blob',
    '',
    'Each check has an id that never changes, and a level: **must** (the specification says so), **should** (nothing else is',
    'known to be accepted; a warning) or **may** (for information). Below a check stand the faults that `keyferry-conformance',
    'blob` can name when it fails or warns. `keyferry-conformance explain ID` shows the same, without a network. This page is',
    'generated from the tables in `conformance/src` by `scripts/generate-docs.ts`.',
    '',
  ];
  let stage = '';
  for (const id of CHECK_IDS) {
    if (stageOf(id) !== stage) lines.push(`## Stage ${stageOf(id)}`, '');
    stage = stageOf(id);
    const { title, binding, why } = CASES[id];
    const { clause, expected } = CHECKS[id];
    lines.push(`### ${id}`, '', `**${binding}**: ${title}.`, '');
    lines.push(`- Clause: ${clause}`, `- Expected: ${expected}`, `- Why: ${why}`, '');
    for (const fault of diagnosesOf(id)) {
      const { title, cause, mend, seen } = DIAGNOSES[fault];
      lines.push(`**${fault}**: ${title}.`, '', `- Cause: ${cause}.`);
      if (seen !== undefined) lines.push(`- Seen before: ${seen}.`);
      lines.push(`- Mend: ${mend}.`, '');
    }
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

import type { ExplainedCase } from '../explained-case.js';

/** For people. */
export function textOfCase({ id, kind, title, level, clause, why, mend, faults }: ExplainedCase): string {
  const lines = [`${id} (${kind}, ${level})`, '', `What:   ${title}.`, `Clause: ${clause}.`, `Why:    ${why}`];
  if (mend !== null) lines.push(`Mend:   ${mend}.`);
  for (const fault of faults) {
    lines.push('');
    if (kind === 'check') lines.push(`${fault.id}: ${fault.title}.`);
    lines.push(`Cause:  ${fault.cause}.`);
    if (fault.seen !== null) lines.push(`Seen:   ${fault.seen}.`);
    lines.push(`Mend:   ${fault.mend}.`);
  }
  return lines.join('\n');
}

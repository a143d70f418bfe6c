import { z } from 'zod';
import type { Results } from './results.js';

/** What the endpoint badge of shields.io reads. */
export const badgeSchema = z.strictObject({
  schemaVersion: z.literal(1),
  label: z.string(),
  message: z.string().min(1),
  color: z.enum(['brightgreen', 'red', 'orange', 'lightgrey']),
});

const COLORS = {
  conforms: 'brightgreen',
  'does not conform': 'red',
  incomplete: 'orange',
  'nothing was judged': 'lightgrey',
} as const satisfies Record<Results['verdict'], z.output<typeof badgeSchema>['color']>;

/** A badge with the verdict; with how many cases it speaks of where these are not all, or with how many failures are accepted. */
export function badgeOf({ subject, verdict, counts, cases, run }: Results): z.output<typeof badgeSchema> {
  const facts = [
    ...(cases.length < run.suiteCases ? [`${cases.length} of ${run.suiteCases} cases`] : []),
    ...(counts.xfail > 0 ? [`${counts.xfail} known ${counts.xfail === 1 ? 'failure' : 'failures'}`] : []),
  ];
  return {
    schemaVersion: 1,
    label: `keyferry ${subject.kind}`,
    message: [verdict, ...facts].join(', '),
    color: COLORS[verdict],
  };
}

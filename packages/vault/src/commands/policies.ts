import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { CANNOT_CHECK, POLICIES, POLICY_NAMES } from '../policies.js';

const resultSchema = z.object({
  policies: z
    .array(
      z.object({
        name: z.string().describe('for keyferry-vault serve --policy'),
        accepts: z.string().describe('what the emulator takes with the switch on; without it, it refuses that'),
        known: z.string().describe('what is known of the service'),
      }),
    )
    .describe('what the documents of the service leave open'),
  cannotCheck: z
    .array(z.object({ what: z.string(), why: z.string() }))
    .describe('what the emulator takes since its HSM hides it'),
});

export const policies = defineCommand({
  name: 'policies',
  summary: 'List what the documents of the service leave open, and what the emulator cannot check',
  details:
    'The emulator is strict unless a switch says otherwise, so that a blob which it takes has a good chance with the service. ' +
    'What it cannot check, it takes in any case: have such blobs judged by keyferry-conformance.',
  options: {},
  examples: [
    ['keyferry-vault policies', 'read them'],
    ['keyferry-vault serve --data ./vault --policy short-aes-key', 'turn one on'],
  ],
  result: resultSchema,
  text: ({ policies: switches, cannotCheck }) =>
    [
      'Switches, off by default; keyferry-vault serve --policy NAME turns one on:',
      ...switches.flatMap(({ name, accepts, known }) => [`  ${name}`, `    accepts ${accepts}`, `    ${known}`]),
      'Cannot check, and takes:',
      ...cannotCheck.flatMap(({ what, why }) => [`  ${what}`, `    ${why}`]),
    ].join('\n'),
  async run() {
    const switches = POLICY_NAMES.map((name) => ({ name, ...POLICIES[name] }));
    return { result: { policies: switches, cannotCheck: [...CANNOT_CHECK] } };
  },
});

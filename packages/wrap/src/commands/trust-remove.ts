import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { idFromHex, labelText } from '../generate/object-names.js';
import { officerOptions, withOfficer } from '../trust/officer.js';
import { removeTrusted, requireName } from '../trust/remove-trusted.js';
import { TRUSTED_KINDS } from '../trust/trusted-keys.js';

const resultSchema = z.strictObject({
  token: z.strictObject({ label: z.string(), serial: z.string() }),
  removed: z.strictObject({
    kind: z.enum(TRUSTED_KINDS),
    label: z.string(),
    /** CKA_ID in hex; empty when it had none. */
    id: z.string(),
    /** RFC 7638 thumbprint of an RSA public key. */
    thumbprint: z.string().nullable(),
  }),
});
type Result = z.output<typeof resultSchema>;

export const trustRemoveCommand = defineCommand({
  name: 'trust remove',
  summary: 'let the security officer destroy one trusted key',
  details: 'Only a trusted key is destroyed, never another object, and only when exactly one bears the name.',
  options: {
    ...officerOptions,
    label: { type: 'string', coerce: labelText, describe: 'label of the trusted key' },
    id: { type: 'string', coerce: idFromHex, describe: 'CKA_ID of the trusted key in hex' },
  },
  examples: [
    [
      'keyferry-wrap trust remove --label kek/01234567 --token prod --module /usr/lib/hsm.so',
      "asks for the security officer's PIN",
    ],
  ],
  result: resultSchema,
  text: ({ token, removed: { label, id, thumbprint } }: Result) =>
    [
      `removed     "${label}" with id ${id || '(none)'} from token "${token.label}", serial ${token.serial}`,
      ...(thumbprint === null ? [] : [`            ${thumbprint}`]),
    ].join('\n'),
  async run(args, terminal) {
    requireName(args);
    const result = await withOfficer(args, terminal, async ({ token, session }): Promise<Result> => {
      const { kind, label, id, thumbprint } = removeTrusted(session, args);
      return { token: { label: token.label, serial: token.serial }, removed: { kind, label, id, thumbprint } };
    });
    return { result };
  },
});

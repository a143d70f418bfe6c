import test from 'ava';
import { z } from 'zod';
import { defineCommand, explain, jsonSchemaOf } from '../src/index.js';

test('the types of the arguments follow from the declarations', async (t) => {
  const command = defineCommand({
    name: 'echo',
    summary: 'echo',
    positionals: {
      file: { type: 'string', demandOption: true },
      more: { type: 'string', array: true },
    },
    options: {
      kek: { type: 'string' },
      size: { type: 'number', default: 4096 },
      force: { type: 'boolean', default: false },
      'key-type': { choices: ['RSA', 'EC'] },
      confirmThumbprint: { type: 'string', demandOption: true },
      ops: { type: 'string', array: true },
      hex: { type: 'string', coerce: (text: string) => Buffer.from(text, 'hex') },
    },
    examples: [],
    result: z.object({ seen: z.array(z.unknown()) }),
    text: ({ seen }) => seen.join(),
    run: async (args) => {
      // That this compiles is the test.
      const file: string = args.file;
      const more: string[] | undefined = args.more;
      const kek: string | undefined = args.kek;
      const size: number = args.size;
      const force: boolean = args.force;
      const choice: 'RSA' | 'EC' | undefined = args.keyType;
      const sameChoice: 'RSA' | 'EC' | undefined = args['key-type'];
      const thumbprint: string = args.confirmThumbprint;
      const ops: string[] | undefined = args.ops;
      const hex: Buffer | undefined = args.hex;
      // @ts-expect-error It may be missing.
      const required: string = args.kek;
      // @ts-expect-error There is no such option.
      const none: unknown = args.pin;
      return {
        result: { seen: [file, more, kek, size, force, choice, sameChoice, thumbprint, ops, hex, required, none] },
      };
    },
  });
  const { result } = await command.run({ file: 'a', keyType: 'EC' }, {} as never, new AbortController().signal);
  t.like(result, { seen: ['a', undefined, undefined, undefined, undefined, 'EC'] });
});

test('the schema of a command describes what it prints', (t) => {
  const { name, schema } = jsonSchemaOf(explain);
  t.is(name, 'explain');
  t.like(schema, { type: 'object', required: ['codes'], additionalProperties: false });
});

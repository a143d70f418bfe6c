import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { z } from 'zod';
import { readCommandLine } from '../src/command-line.js';
import { defineCommand, explain } from '../src/index.js';
import { sample } from './fixtures/sample-program.mjs';

const program = { ...sample, commands: [...sample.commands, explain] };

for (const [line, expected] of [
  ['echo a', { file: 'a', more: undefined, force: false, size: 4096, json: false, quiet: false }],
  ['echo a b c', { file: 'a', more: ['b', 'c'] }],
  ['echo 007 1e3', { file: '007', more: ['1e3'] }],
  ['echo a --kek 0x10', { kek: '0x10' }],
  ['echo a --kek=--force', { kek: '--force', force: false }],
  ['echo a --kek=a=b', { kek: 'a=b' }],
  ['echo a --kek -', { kek: '-' }],
  ['echo a --kek=', { kek: '' }],
  ['echo a -k x', { kek: 'x' }],
  ['echo -', { file: '-' }],
  ['echo --force -- -a --kek', { file: '-a', more: ['--kek'], force: true, kek: undefined }],
  ['echo a --size 2048 --port 8443', { size: 2048, port: 8443 }],
  ['echo a --key-type EC', { 'key-type': 'EC', keyType: 'EC' }],
  ['echo a --keyType EC', { 'key-type': 'EC', keyType: 'EC' }],
  ['echo a --confirm-thumbprint t', { confirmThumbprint: 't', 'confirm-thumbprint': 't' }],
  ['echo a --confirmThumbprint t', { confirmThumbprint: 't' }],
  ['echo a --ops sign b --ops verify', { file: 'a', more: ['b'], ops: ['sign', 'verify'] }],
  ['echo a --no-check', { noCheck: true, 'no-check': true }],
  ['echo a --level 1', { level: '1' }],
  ['echo a --hex ab', { hex: { hex: 'AB' } }],
  ['--json echo a', { file: 'a', json: true }],
  ['echo a --quiet --json', { json: true, quiet: true }],
  ['echo __proto__ --kek constructor', { file: '__proto__', kek: 'constructor' }],
  ['echo a --port -5', { port: -5 }],
  ['kek show', { file: undefined }],
  ['kek --json show f', { file: 'f', json: true }],
] as const) {
  test(`"${line}" is understood`, async (t) => {
    const read = await readCommandLine(program, line.split(' '));
    t.is(read.kind, 'run');
    t.like(read.kind === 'run' ? read.args : {}, expected);
  });
}

for (const [line, reason, hint] of [
  [
    '',
    'no command is given after sample; there are echo, fail, speak, mismatch, ask, count, wait, serve, kek, explain',
    'sample --help',
  ],
  ['kek', 'no command is given after sample kek; there are show, create', 'sample kek --help'],
  ['ehco a', 'sample has no command ehco; did you mean echo?', 'sample echo --help'],
  ['kek shwo', 'sample kek has no command shwo; did you mean show?', 'sample kek show --help'],
  ['nothing', 'sample has no command nothing; there are echo,', 'sample --help'],
  ['--force echo a', 'no command is given after sample', 'sample --help'],
  ['echo', 'FILE is missing', 'sample echo --help'],
  ['fail USAGE', 'REASON is missing', 'sample fail --help'],
  ['kek show a b', 'b is one word too many', 'sample kek show --help'],
  ['kek show a -- -b', '-b is one word too many', 'sample kek show --help'],
  ['echo a --kke x', 'there is no option --kke; did you mean --kek?', ''],
  ['echo a --confirm-thumbprnt x', 'there is no option --confirm-thumbprnt; did you mean --confirm-thumbprint?', ''],
  ['echo a --pinn=1234', 'there is no option --pinn', ''],
  ['echo a -x', 'there is no option -x', ''],
  ['echo a ---kek x', 'there is no option ---kek; did you mean --kek?', ''],
  ['echo a --=x', 'there is no option --', ''],
  ['echo a -5x', 'Unknown argument', ''],
  ['echo a -kx', 'there is no option -kx', ''],
  ['echo a --no-force', 'there is no option --no-force', ''],
  ['echo a --kek.x y', 'there is no option --kek.x', ''],
  ['echo a --__proto__ y', 'there is no option --__proto__', ''],
  ['echo a --force=no', '--force takes no value', ''],
  ['echo a --json=false', '--json takes no value', ''],
  ['echo a --kek', 'Not enough arguments following: kek', ''],
  ['echo a --kek --force', 'Not enough arguments following: kek', ''],
  ['echo a --kek x --kek y', '--kek is given twice', ''],
  ['echo a --kek x -k y', '--kek is given twice', ''],
  ['echo a --hex ab --hex cd', '--hex is given twice', ''],
  ['echo a --key-type EC --keyType RSA', '--key-type is given twice', ''],
  ['echo a --force --force', '--force is given twice', ''],
  ['echo a --size 3000', '--size is one of 2048, 4096; found 3000', ''],
  ['echo a --size abc', '--size is a number; found abc', ''],
  ['echo a --port=', '--port is a number; found ', ''],
  ['echo a --port 0x10', '--port is a number; found 0x10', ''],
  ['echo a --port 99999999999999999999', '--port is a number; found 99999999999999999999', ''],
  ['echo a --key-type DSA', '--key-type is one of RSA, EC; found DSA', ''],
  ['echo a --kek x --without-manifest', 'Arguments without-manifest and kek are mutually exclusive', ''],
  ['wait sometimes', 'HOW is one of unwind,', 'sample wait --help'],
] as const) {
  test(`"${line}" is refused, with the reason and the help to read`, async (t) => {
    const words = line.split(' ').filter((word) => word !== '');
    const error = await t.throwsAsync(readCommandLine(program, words), { code: 'USAGE' });
    t.true(error?.message.startsWith(`the command line is not understood: ${reason}`), error?.message);
    t.like(error, { hint: hint === '' ? 'sample echo --help' : hint });
  });
}

test('the error of a coercion keeps its code', async (t) => {
  await t.throwsAsync(readCommandLine(program, ['echo', 'a', '--hex', 'xyz']), { code: 'THUMBPRINT_INVALID' });
});

test('any words are understood, or refused as USAGE; options are never taken from after --', async (t) => {
  const word = fc.oneof(
    fc.constantFrom(
      'echo',
      'kek',
      'show',
      '--',
      '--json',
      '--kek',
      '--kek=x',
      '--force',
      '--ops',
      '-k',
      '--size',
      '4096',
    ),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 8 }), async (words) => {
      try {
        const read = await readCommandLine(program, words);
        return read.kind === 'run' || words.some((text) => /^(--help|-h|--version)$/.test(text));
      } catch (error) {
        return ['USAGE', 'UNKNOWN_ERROR_CODE', 'THUMBPRINT_INVALID'].includes((error as { code?: string }).code ?? '');
      }
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('any text is taken as the value of a string option, byte by byte, and as a positional after --', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.string(), async (value, file) => {
      const read = await readCommandLine(program, ['echo', `--kek=${value}`, '--', file]);
      t.like(read.kind === 'run' ? read.args : {}, { kek: value, file });
    }),
  );
});

test('--version is the name and the version', async (t) => {
  t.deepEqual(await readCommandLine(program, ['echo', '--version']), { kind: 'show', text: 'sample 1.2.3' });
});

test('a command with a --version of its own gets it, and never ends well without having run', async (t) => {
  const verify = defineCommand({
    name: 'verify',
    summary: 'look at a version',
    options: { version: { type: 'string' } },
    examples: [],
    result: z.null(),
    text: () => '',
    run: async () => ({ result: null }),
  });
  const own = { ...program, commands: [...program.commands, verify] };
  t.like(await readCommandLine(own, ['verify', '--version', '7']), { kind: 'run', args: { version: '7' } });
  t.like(await readCommandLine(own, ['--json', 'verify', '--version=7']), { kind: 'run', args: { version: '7' } });
  await t.throwsAsync(readCommandLine(own, ['verify', '--version']), { code: 'USAGE' });
  t.like(await readCommandLine(own, ['--version', 'verify']), { kind: 'show' });
});

test('the help of the program and of a group lists commands, options and exit codes', async (t) => {
  const all = await help(t, '--help');
  for (const { name, summary } of program.commands) t.true(all.includes(`  ${name.padEnd(10)}  ${summary}`), name);
  for (const word of ['Usage: sample COMMAND', '--json', '--quiet', '--version', '130 interrupted'])
    t.true(all.includes(word));
  const group = await help(t, 'kek', '--help');
  t.true(group.includes('kek create'));
  t.false(group.includes('echo'));
});

test('the help of a command has summary, usage, options, examples and exit codes, whatever else is on the line', async (t) => {
  const text = await help(t, 'echo', '--nonsense', '-h');
  t.true(text.startsWith('show what was understood\n\nUsage: sample echo <file> [more..] [options]\n\nA paragraph'));
  t.true(text.includes('\n  sample echo a.byok --kek k.json\n'));
  t.true(text.includes('\n  sample echo a.byok --key-type EC --ops sign --ops verify\n'));
  t.true(text.includes('.kek.json \\\n      --confirm-thumbprint urn:a-thumbprint --force\n'));
  for (const option of ['--kek', '--confirm-thumbprint', '--key-type', '--json', '--quiet', '--help'])
    t.true(text.includes(option));
  t.true(text.includes('4 verification'));
});

test('a long summary is broken between words', async (t) => {
  const summary = 'creates key exchange keys in Azure Key Vault and Managed HSM, imports blobs and proves what arrived';
  const commands = [{ ...explain, summary }];
  const read = await readCommandLine({ ...program, summary, commands }, ['--help']);
  const lines = read.kind === 'show' ? read.text.split('\n') : [];
  t.deepEqual(lines.slice(0, 3), ['sample 1.2.3', summary.slice(0, 86), 'what arrived']);
  t.true(lines.includes('           proves what arrived'));
});

test('no line of help is wider than 100 columns', async (t) => {
  for (const { name } of program.commands) {
    for (const line of (await help(t, ...name.split(' '), '--help')).split('\n')) t.true(line.length <= 100, line);
  }
  for (const line of (await help(t, '--help')).split('\n')) t.true(line.length <= 100, line);
});

async function help(t: ExecutionContext, ...words: string[]): Promise<string> {
  const read = await readCommandLine(program, words);
  t.is(read.kind, 'show');
  return read.kind === 'show' ? read.text : '';
}

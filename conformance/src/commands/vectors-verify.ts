import { availableParallelism } from 'node:os';
import { KeyferryError } from '@keyferry/errors';
import { defineCommand, printable } from '@keyferry/terminal';
import { z } from 'zod';
import { publishedVectors, readVectors } from '../vectors/read-vectors.js';
import { verifyVectors } from '../vectors/verify.js';

const count = z.int();
const resultSchema = z.strictObject({
  /** Of all files. */
  tests: count,
  /** Of these, the ones in which an engine disagrees with the file. */
  failed: count,
  files: z.array(
    z.strictObject({
      file: z.string(),
      algorithm: z.string(),
      tests: count,
      valid: count,
      invalid: count,
      acceptable: count,
      failed: count,
      disagreements: z.array(
        z.strictObject({
          tcId: count,
          comment: z.string(),
          engine: z.enum(['node', 'oracle']),
          expected: z.string(),
          found: z.string(),
        }),
      ),
    }),
  ),
});
type Result = z.output<typeof resultSchema>;

export const vectorsVerifyCommand = defineCommand({
  name: 'vectors verify',
  summary: 'hold both engines against published vectors',
  details:
    'The engines are node:crypto, as the other programs of this house use it, and the oracle of this judge. A test counts ' +
    'when both accept what is valid with the bytes that the file states, and both refuse what is invalid at the stage ' +
    'that it states. Without FILE: those of fixtures/vectors. Exit status 0: both agree with every test; 4: they do not.',
  positionals: { file: { type: 'string', array: true, describe: 'a file of vectors' } },
  options: {
    jobs: { type: 'number', describe: 'how many threads work; as many as the machine has cores unless said' },
  },
  examples: [
    ['keyferry-conformance vectors verify', 'the published set'],
    ['keyferry-conformance vectors verify aes-kwp.json --jobs 1', 'one file, on one thread'],
  ],
  result: resultSchema,
  text: describeResult,
  async run(args, _terminal, signal) {
    const jobs = args.jobs ?? availableParallelism();
    if (!Number.isInteger(jobs) || jobs < 1 || jobs > 64) {
      throw new KeyferryError('USAGE', { reason: `--jobs is a number from 1 to 64; found ${args.jobs}` });
    }
    const paths = args.file ?? (await publishedVectors());
    const files = [];
    for (const path of paths) files.push(await readVectors(path));
    const failures = await verifyVectors(files, { jobs, signal });
    const reported = files.map(({ algorithm, testGroups }, index): Result['files'][number] => {
      const results = testGroups.flatMap((group) => group.tests.map(({ result }) => result));
      const countOf = (wanted: string) => results.filter((result) => result === wanted).length;
      const disagreements = [...(failures[index] ?? [])];
      return {
        file: paths[index] ?? '',
        algorithm,
        tests: results.length,
        valid: countOf('valid'),
        invalid: countOf('invalid'),
        acceptable: countOf('acceptable'),
        failed: new Set(disagreements.map(({ tcId }) => tcId)).size,
        disagreements,
      };
    });
    const sum = (member: 'tests' | 'failed') => reported.reduce((total, file) => total + file[member], 0);
    const result = { tests: sum('tests'), failed: sum('failed'), files: reported };
    return { result, exit: result.failed === 0 ? 'done' : 'verification' };
  },
});

function describeResult({ tests, failed, files }: Result): string {
  const lines = files.flatMap(({ file, algorithm, disagreements, ...counts }) => [
    `${counts.failed === 0 ? 'agree   ' : 'DISAGREE'}  ${file}: ${algorithm}, ${counts.tests} tests ` +
      `(${counts.valid} valid, ${counts.invalid} invalid, ${counts.acceptable} acceptable)`,
    ...disagreements.map(
      ({ tcId, comment, engine, expected, found }) =>
        `  ${tcId} ${printable(comment)}: ${engine}: expected ${expected}, found ${found}`,
    ),
  ]);
  const last = failed === 0 ? `both engines agree with all ${tests} tests` : `${failed} of ${tests} tests FAILED`;
  return [...lines, '', last].join('\n');
}

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

const root = new URL('../../../', import.meta.url);

/** A file of the repository, as text. */
export function repositoryFile(path: string): string {
  return readFileSync(fileURLToPath(new URL(path, root)), 'utf8');
}

const text = z.string().min(1);
const texts = z.record(text, z.union([z.string(), z.number(), z.boolean()]));
const action = z.string().regex(/^(actions\/[a-z-]+@v\d+|OWNER\/keyferry\/conformance@COMMIT)$/);

const usesStep = z.strictObject({ name: text.optional(), if: text.optional(), uses: action, with: texts.optional() });

/** What GitHub reads of a composite action, as far as ours goes. */
const compositeAction = z.strictObject({
  name: text,
  description: text,
  inputs: z.record(
    text,
    z.union([
      z.strictObject({ description: text, required: z.literal(true) }),
      z.strictObject({ description: text, default: z.string() }),
    ]),
  ),
  outputs: z.record(text, z.strictObject({ description: text, value: text })),
  runs: z.strictObject({
    using: z.literal('composite'),
    steps: z.array(
      z.union([
        z.strictObject({
          name: text,
          id: text.optional(),
          shell: z.literal('bash'),
          env: z.record(text, z.string()).optional(),
          run: text,
        }),
        usesStep,
      ]),
    ),
  }),
});

/** What GitHub reads of a workflow, as far as ours goes. */
const workflow = z.strictObject({
  name: text,
  on: z.array(z.literal('push')),
  permissions: z.strictObject({ contents: z.literal('read') }),
  jobs: z.record(
    text,
    z.strictObject({
      'runs-on': text,
      needs: text.optional(),
      if: text.optional(),
      strategy: z
        .strictObject({ 'fail-fast': z.literal(false), matrix: z.strictObject({ shard: z.array(z.int()) }) })
        .optional(),
      steps: z.array(usesStep),
    }),
  ),
});

/** What Azure Pipelines reads. */
const azurePipeline = z.strictObject({
  pool: z.strictObject({ vmImage: text }),
  resources: z.strictObject({ containers: z.array(z.strictObject({ container: text, image: text })) }),
  variables: z.record(text, text),
  jobs: z.array(
    z.strictObject({
      job: text,
      container: text,
      dependsOn: text.optional(),
      condition: z.literal('always()').optional(),
      strategy: z.strictObject({ parallel: z.int() }).optional(),
      steps: z.array(
        z.union([
          z.strictObject({ bash: text, displayName: text }),
          z.strictObject({
            task: z.string().regex(/^[A-Za-z]+@\d+$/),
            condition: z.literal('always()').optional(),
            inputs: z.record(text, text),
          }),
        ]),
      ),
    }),
  ),
});

const gitlabJob = z.strictObject({
  stage: text,
  image: text,
  parallel: z.int().min(2).max(200).optional(),
  when: z.literal('always').optional(),
  needs: z.array(text).optional(),
  script: z.array(text),
  artifacts: z.strictObject({
    when: z.literal('always'),
    paths: z.array(text),
    reports: z.strictObject({ junit: text }).optional(),
  }),
});

/** What GitLab reads. */
const gitlabPipeline = z.strictObject({
  variables: z.record(text, text),
  stages: z.array(text),
  judge: gitlabJob,
  report: gitlabJob,
});

const read = <T>(schema: z.ZodType<T>, path: string): T => schema.parse(parse(repositoryFile(path), { strict: true }));

export const githubAction = () => read(compositeAction, 'conformance/action.yml');
export const githubWorkflow = () => read(workflow, 'conformance/ci/github-workflow.yml');
export const azure = () => read(azurePipeline, 'conformance/ci/azure-pipelines.yml');
export const gitlab = () => read(gitlabPipeline, 'conformance/ci/gitlab-ci.yml');

/** The shell of a step of ours by its name. */
export function stepOfAction(name: string): { readonly run: string; readonly env: Readonly<Record<string, string>> } {
  const step = githubAction().runs.steps.find((one) => one.name === name);
  if (step === undefined || !('run' in step)) throw new Error(`the action runs no step ${name}`);
  return { run: step.run, env: step.env ?? {} };
}

import test from 'ava';
import { fileSchemas } from '../src/file-schemas.js';
import { NOT_CHECKED } from '../src/not-checked.js';
import { manifest, receipt } from './support/samples.js';

test('the schemas of all files are published, and close what is closed', (t) => {
  const schemas = fileSchemas() as Record<
    string,
    { $schema: string; additionalProperties: unknown; required: string[] }
  >;
  t.deepEqual(Object.keys(schemas), ['kek-1', 'byok', 'manifest-1', 'receipt-1', 'plan-1', 'import-plan-1']);
  for (const [name, schema] of Object.entries(schemas)) {
    t.is(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
    t.deepEqual(schema.additionalProperties, name === 'byok' ? {} : false);
  }
  t.deepEqual(schemas['manifest-1']?.required, Object.keys(manifest()));
  t.deepEqual(schemas['receipt-1']?.required, Object.keys(receipt()));
});

test('everything that may stay unchecked has a sentence for people', (t) => {
  for (const [id, sentence] of Object.entries(NOT_CHECKED)) {
    t.regex(id, /^[a-z]+(-[a-z]+)*$/);
    t.regex(sentence, /^[A-Z].*\.$/);
  }
});

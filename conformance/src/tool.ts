import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** What this program calls itself. */
export const TOOL = { name: 'keyferry-conformance', version } as const;

/** Where vectors and practice keys are published, if this program stands in its repository. */
export const PUBLISHED_VECTORS = fileURLToPath(new URL('../../fixtures/vectors', import.meta.url));
export const PUBLISHED_PRACTICE_KEYS = fileURLToPath(new URL('../../fixtures/practice', import.meta.url));

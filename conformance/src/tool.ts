import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** What this program calls itself. */
export const TOOL = { name: 'keyferry-conformance', version } as const;

/** Where the published vectors are, if this program stands in its repository. */
export const PUBLISHED_VECTORS = fileURLToPath(new URL('../../fixtures/vectors', import.meta.url));

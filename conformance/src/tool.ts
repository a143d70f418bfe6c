import { readFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** What this program calls itself. */
export const TOOL = { name: 'keyferry-conformance', version } as const;

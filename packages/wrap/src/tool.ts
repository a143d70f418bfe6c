import { readFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** What this program calls itself in manifests and blobs. */
export const TOOL = { name: 'keyferry-wrap', version } as const;

import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OutputFile, writeOutputs } from '@keyferry/files';
import type { Terminal } from '@keyferry/terminal';
import { badgeOf } from './badge.js';
import { pageOf } from './page/page.js';
import type { Results } from './results.js';
import { junitOfResults } from './results-junit.js';
import { tapOf } from './results-tap.js';
import { summaryOf } from './step-summary.js';

/** What --out writes into its folder, the results themselves last. */
const REPORTS: Readonly<Record<string, (results: Results) => string>> = {
  'junit.xml': junitOfResults,
  'results.tap': tapOf,
  'report.html': pageOf,
  'badge.json': (results) => `${JSON.stringify(badgeOf(results), null, 2)}\n`,
  'results.json': (results) => `${JSON.stringify(results, null, 2)}\n`,
};

/** The files that --out writes. */
export function reportPaths(folder: string): string[] {
  return Object.keys(REPORTS).map((name) => join(folder, name));
}

/**
 * Writes the reports into the folder of --out, with `more` or none of them, and appends a summary to the file that GitHub's runner
 * names in GITHUB_STEP_SUMMARY. A summary that cannot be written is warned of: the verdict stands all the same. OUTPUT_EXISTS,
 * OUTPUT_FOLDER_MISSING, OUTPUT_NOT_WRITABLE.
 */
export async function writeReports(
  results: Results,
  {
    out,
    force,
    more = [],
  }: { readonly out: string | undefined; readonly force: boolean; readonly more?: OutputFile[] },
  terminal: Terminal,
): Promise<void> {
  const reports = Object.entries(out === undefined ? {} : REPORTS).map(([name, textOf]) => ({
    path: join(out ?? '', name),
    bytes: Buffer.from(textOf(results)),
  }));
  const files = [...more, ...reports];
  if (files.length > 0) await writeOutputs(files, { force });
  const summary = process.env.GITHUB_STEP_SUMMARY;
  if (!summary) return;
  try {
    await appendFile(summary, summaryOf(results));
  } catch (error) {
    terminal.warn(`no summary in GITHUB_STEP_SUMMARY: ${(error as Error).message}`);
  }
}

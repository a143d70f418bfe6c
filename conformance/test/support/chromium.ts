import { execFileSync } from 'node:child_process';
import test from 'ava';
import { type Browser, chromium } from 'playwright-core';

/** `test`, or `test.skip` with the reason on the terminal, where there is no Chromium. */
export const testInChromium = (() => {
  try {
    execFileSync('chromium', ['--version'], { stdio: 'ignore' });
    return test;
  } catch {
    console.warn('tests in a browser are skipped: chromium is not installed (./scripts/setup.sh --all installs it)');
    return test.skip;
  }
})();

/** A browser without a window, for all tests of a file. */
export function launchChromium(): Promise<Browser> {
  const path = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();
  // Chromium's sandbox does not work for root.
  return chromium.launch({ executablePath: path, chromiumSandbox: process.getuid?.() !== 0 });
}

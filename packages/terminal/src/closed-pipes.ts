import { EXIT, KeyferryError } from '@keyferry/errors';
import { reportError } from './report.js';

/**
 * A reader of stdout that has seen enough (`| head`) is no error. A result that cannot be written (disk full) is one:
 * it is told on stderr, and the process does not end with 0.
 */
export function tolerateClosedPipes(): void {
  let broken = false;
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (broken) return;
    broken = true;
    if (error.code === 'EPIPE') return;
    reportError(new KeyferryError('OUTPUT_NOT_WRITABLE', { reason: `stdout: ${error.message}` }), { json: false });
    process.once('exit', () => {
      process.exitCode ||= EXIT.failed;
    });
  });
}

import { runProgram } from '@keyferry/terminal';
import { program } from './program.js';

await runProgram(program);
// A login that was given up may still hold a connection or a child process: do not wait for it, only for the output.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));

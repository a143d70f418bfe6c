import { runProgram } from '@keyferry/terminal';
import { program } from './program.js';

await runProgram(program);

export {
  type ArgumentsOf,
  type Command,
  type CommandDefinition,
  defineCommand,
  jsonSchemaOf,
  type Outcome,
} from './command.js';
export { explain, explainedErrors } from './explain.js';
export { nearest } from './nearest.js';
export { printable, printableJson, printableLines } from './printable.js';
export type { Program } from './program.js';
export { type Progress, withProgress } from './progress.js';
export { runProgram } from './run-program.js';
export type { Terminal } from './terminal.js';

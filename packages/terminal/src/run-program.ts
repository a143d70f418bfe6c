import { EXIT, KeyferryError } from '@keyferry/errors';
import { tolerateClosedPipes } from './closed-pipes.js';
import type { Command } from './command.js';
import { type CommandLine, readCommandLine } from './command-line.js';
import { explain } from './explain.js';
import { afterAbort, watchSignals } from './interruption.js';
import { writeOut } from './output.js';
import { printableJson, printableLines } from './printable.js';
import type { Program } from './program.js';
import { reportError } from './report.js';
import { refuseSecrets } from './secret-options.js';
import { openTerminal } from './terminal.js';

/**
 * Runs a program from its command line to its exit status, which it leaves in `process.exitCode`: the process ends by
 * itself when nothing is left to do, so that all output arrives. Never throws.
 */
export async function runProgram(program: Program, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  tolerateClosedPipes();
  const json = asksForJson(argv);
  const onStray = (error: unknown) => process.exit(reportError(error, { json }));
  process.once('uncaughtException', onStray);
  try {
    refuseSecrets(argv, program);
    const line = await readCommandLine({ ...program, commands: withExplain(program) }, argv);
    if (line.kind === 'show') writeOut(line.text);
    else process.exitCode = await runCommand(line);
  } catch (error) {
    process.exitCode = reportError(error, { json });
  } finally {
    process.off('uncaughtException', onStray);
  }
}

/** Every program has `explain`: its own, or the one of all. */
function withExplain({ commands }: Program): readonly Command[] {
  return commands.some(({ name }) => name === explain.name) ? commands : [...commands, explain];
}

async function runCommand(line: Extract<CommandLine, { kind: 'run' }>): Promise<number> {
  const { command, args, json } = line;
  const { signal, close } = watchSignals();
  try {
    const terminal = openTerminal(line, signal);
    const { result, exit = 'done', abandons = false } = await command.run(args, terminal, signal);
    const text = json ? printableJson(validated(command, result)) : printableLines(command.text(result));
    if (text !== '') writeOut(text);
    if (abandons) process.exit(EXIT[exit]);
    if (!signal.aborted || command.endsBySignal || exit === 'interrupted') return EXIT[exit];
    terminal.warn(`interrupted ${signal.reason.reason}; what was under way is done`);
    return EXIT.interrupted;
  } catch (error) {
    throw afterAbort(error, signal);
  } finally {
    close();
  }
}

/** What the schema lets through. A result that breaks its own documentation is a defect: INTERNAL. */
function validated(command: Command, result: unknown): unknown {
  const checked = command.result.safeParse(result);
  if (checked.success) return checked.data;
  const where = checked.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new KeyferryError('INTERNAL', { reason: `the result of ${command.name} does not match its schema: ${where}` });
}

/** Needed before the command line is understood, to report that it is not. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? argv.length : end).includes('--json');
}

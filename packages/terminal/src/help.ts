import { EXIT } from '@keyferry/errors';
import type { Command } from './command.js';
import { EVERYWHERE, kebabOptions } from './option-names.js';
import type { Program } from './program.js';

/** Columns of help, where the terminal does not decide. */
const WIDTH = 90;

const EXIT_LINES = exitLines();

/** What `PROGRAM --help` prints, or `PROGRAM GROUP --help` for the commands of a group. */
export function helpOfGroup(program: Program, commands: readonly Command[], group: string | null): string {
  const start = group === null ? program.name : `${program.name} ${group}`;
  return [
    ...(group === null ? [`${program.name} ${program.version}`, ...folded(program.summary, WIDTH), ''] : []),
    `Usage: ${start} COMMAND [options]`,
    '',
    'Commands:',
    ...table(commands.map(({ name, summary }) => [name, summary])),
    '',
    'Every command:',
    ...table([
      ...Object.entries(EVERYWHERE).map(([name, { describe }]) => [`--${name}`, describe ?? ''] as const),
      ['--help', `show help, for one command: ${start} COMMAND --help`],
      ['--version', 'show the version'],
    ]),
    '',
    EXIT_LINES,
  ].join('\n');
}

/** What `PROGRAM COMMAND --help` prints: at most 100 columns wide. */
export async function helpOfCommand(program: Program, command: Command): Promise<string> {
  const { default: yargs } = await import('yargs');
  const options = kebabOptions(command);
  const positionals = Object.entries(command.positionals).map(shownPositional).join('');
  const usage = `Usage: ${program.name} ${command.name}${positionals} [options]`;
  const declared = await yargs([])
    .locale('en')
    .exitProcess(false)
    .version(false)
    .help('help', 'show this help')
    .wrap(Math.max(60, Math.min(100, process.stdout.columns || WIDTH)))
    .usage([command.summary, usage, ...(command.details === undefined ? [] : [command.details])].join('\n\n'))
    .command(`$0${positionals}`, false, (y) => {
      for (const [name, positional] of Object.entries(command.positionals)) y.positional(name, positional);
      return y
        .group(Object.keys(options), 'Options:')
        .group([...Object.keys(EVERYWHERE), 'help'], 'Every command:')
        .options({ ...options, ...EVERYWHERE });
    })
    .getHelp();
  return [declared, '', ...examples(program, command), EXIT_LINES].join('\n');
}

/** On lines of their own, so that they can be copied whole. */
function examples(program: Program, { examples }: Command): string[] {
  if (examples.length === 0) return [];
  const lines = examples.flatMap(([line, meaning]) => [
    `  # ${meaning}`,
    `  ${broken(line.startsWith(`${program.name} `) ? line : `${program.name} ${line}`)}`,
  ]);
  return ['Examples:', ...lines, ''];
}

/** Breaks a long command line before an option, in the shell's way. */
function broken(line: string): string {
  const lines: string[] = [];
  for (const part of line.split(/ (?=--)/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + part.length > 80) lines.push(part);
    else lines[lines.length - 1] = `${last} ${part}`;
  }
  return lines.join(' \\\n      ');
}

function shownPositional([name, { demandOption, array }]: [
  string,
  { demandOption?: unknown; array?: unknown },
]): string {
  const word = array ? `${name}..` : name;
  return demandOption ? ` <${word}>` : ` [${word}]`;
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const margin = Math.max(...rows.map(([left]) => left.length)) + 4;
  return rows.map(
    ([left, right]) => `  ${left}`.padEnd(margin) + folded(right, WIDTH - margin).join(`\n${' '.repeat(margin)}`),
  );
}

/** Lines of whole words of at most `width` columns. */
function folded(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function exitLines(): string {
  const meanings = Object.entries(EXIT)
    .sort(([, a], [, b]) => a - b)
    .map(([name, code]) => `${code} ${name}`);
  const half = Math.ceil(meanings.length / 2);
  return `Exit status: ${meanings.slice(0, half).join(', ')},\n             ${meanings.slice(half).join(', ')}`;
}

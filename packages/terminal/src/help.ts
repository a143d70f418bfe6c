import { EXIT } from '@keyferry/errors';
import type { Command } from './command.js';
import { EVERYWHERE, kebabOptions } from './option-names.js';
import type { Program } from './program.js';

const EXIT_LINES = exitLines();

/** What `PROGRAM --help` prints, or `PROGRAM GROUP --help` for the commands of a group. */
export function helpOfGroup(program: Program, commands: readonly Command[], group: string | null): string {
  const start = group === null ? program.name : `${program.name} ${group}`;
  return [
    ...(group === null ? [`${program.name} ${program.version}: ${program.summary}`, ''] : []),
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
  const usage = `${program.name} ${command.name}${Object.entries(command.positionals).map(shownPositional).join('')} [options]`;
  const declared = await yargs([])
    .locale('en')
    .exitProcess(false)
    .version(false)
    .help('help', 'show this help')
    .wrap(Math.max(60, Math.min(100, process.stdout.columns ?? 90)))
    .usage(
      [command.summary, `Usage: ${usage}`, ...(command.details === undefined ? [] : [command.details])].join('\n\n'),
    )
    .command(`$0${Object.entries(command.positionals).map(shownPositional).join('')}`, false, (y) => {
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
    `  ${line.startsWith(`${program.name} `) ? line : `${program.name} ${line}`}`,
  ]);
  return ['Examples:', ...lines, ''];
}

function shownPositional([name, { demandOption, array }]: [
  string,
  { demandOption?: unknown; array?: unknown },
]): string {
  const word = array ? `${name}..` : name;
  return demandOption ? ` <${word}>` : ` [${word}]`;
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

function exitLines(): string {
  const meanings = Object.entries(EXIT)
    .sort(([, a], [, b]) => a - b)
    .map(([name, code]) => `${code} ${name}`);
  const half = Math.ceil(meanings.length / 2);
  return `Exit status: ${meanings.slice(0, half).join(', ')},\n             ${meanings.slice(half).join(', ')}`;
}

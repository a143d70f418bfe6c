import { KeyferryError } from '@keyferry/errors';
import type { Command } from './command.js';
import { helpOfCommand, helpOfGroup } from './help.js';
import { nearest } from './nearest.js';
import { parseArguments } from './parse-arguments.js';
import type { Program } from './program.js';

/** What the command line asks for: a text to show, or a command to run. */
export type CommandLine =
  | { readonly kind: 'show'; readonly text: string }
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly args: Readonly<Record<string, unknown>>;
      readonly json: boolean;
      readonly quiet: boolean;
    };

/** Options that may stand before the command. */
const BEFORE = new Set(['--json', '--quiet']);

/** Finds the command and reads its arguments. Throws USAGE, and what a `coerce` of an option throws. */
export async function readCommandLine(program: Program, argv: readonly string[]): Promise<CommandLine> {
  const end = argv.indexOf('--');
  const asked = new Set(argv.slice(0, end === -1 ? argv.length : end));
  const { words, before, after } = leadingWords(argv);
  if (asked.has('--version') && !declaresVersion(commandOf(program, words))) {
    return { kind: 'show', text: `${program.name} ${program.version}` };
  }
  const help = asked.has('--help') || asked.has('-h');

  const chosen = choose(program, words);
  if ('group' in chosen) {
    if (help) return { kind: 'show', text: helpOfGroup(program, chosen.commands, chosen.group) };
    throw incomplete(program, chosen.commands, chosen.group);
  }
  const { command } = chosen;
  const rest = [...before, ...words.slice(command.name.split(' ').length), ...after];
  if (help) return { kind: 'show', text: await helpOfCommand(program, command) };
  const args = await parseArguments(command, rest, `${program.name} ${command.name}`);
  return { kind: 'run', command, args, json: args.json === true, quiet: args.quiet === true };
}

/** Splits off the words that may name the command: those before the first option that is not a global one. */
function leadingWords(argv: readonly string[]) {
  const words: string[] = [];
  const before: string[] = [];
  let i = 0;
  for (; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (BEFORE.has(word)) before.push(word);
    else if (word.startsWith('-') && word !== '-') break;
    else words.push(word);
  }
  return { words, before, after: argv.slice(i) };
}

/** Such a command means the version of something else, and must not end well without having run. */
function declaresVersion(command: Command | undefined): boolean {
  return command !== undefined && Object.hasOwn(command.options, 'version');
}

function commandOf(program: Program, [first, second]: readonly string[]): Command | undefined {
  return program.commands.find(({ name }) => name === `${first} ${second}` || name === first);
}

type Choice = { command: Command } | { group: string | null; commands: readonly Command[] };

function choose(program: Program, words: readonly string[]): Choice {
  const [first, second] = words;
  if (first === undefined) return { group: null, commands: program.commands };
  const command = commandOf(program, words);
  if (command !== undefined) return { command };
  const group = program.commands.filter(({ name }) => name.startsWith(`${first} `));
  if (group.length === 0) throw unknown(program, first, program.commands, null);
  if (second === undefined) return { group: first, commands: group };
  throw unknown(program, second, group, first);
}

function unknown(program: Program, word: string, commands: readonly Command[], group: string | null): KeyferryError {
  const names = wordsOf(commands, group);
  const start = group === null ? program.name : `${program.name} ${group}`;
  const near = nearest(word, names);
  return new KeyferryError('USAGE', {
    reason: `${start} has no command ${word}; ${near === null ? `there are ${names.join(', ')}` : `did you mean ${near}?`}`,
    hint: near === null ? `${start} --help` : `${start} ${near} --help`,
  });
}

function incomplete(program: Program, commands: readonly Command[], group: string | null): KeyferryError {
  const start = group === null ? program.name : `${program.name} ${group}`;
  return new KeyferryError('USAGE', {
    reason: `no command is given after ${start}; there are ${wordsOf(commands, group).join(', ')}`,
    hint: `${start} --help`,
  });
}

/** The words that can follow: `kek`, or within that group `show` and `create`. */
function wordsOf(commands: readonly Command[], group: string | null): string[] {
  return [...new Set(commands.map(({ name }) => name.split(' ')[group === null ? 0 : 1] ?? name))];
}

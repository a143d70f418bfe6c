import { KeyferryError } from '@keyferry/errors';
import type { Options, PositionalOptions } from 'yargs';
import type { Command } from './command.js';
import { nearest } from './nearest.js';
import { camel, EVERYWHERE, kebab, kebabOptions } from './option-names.js';

type Declared = Options | PositionalOptions;
type Refuse = (reason: string) => KeyferryError;

/** `--name`, `--name=value`, `-n`; not `-5`. */
const OPTION_WORD = /^(--|-(?!\d))([^=]+)(=.*)?$/s;

/**
 * Reads the words after a command's name by its declaration: every option and positional under its kebab-case and its
 * camelCase name, and `json` and `quiet`. `start` is what was typed before them, for the hint. Throws USAGE, and what a
 * `coerce` throws.
 */
export async function parseArguments(
  command: Command,
  words: readonly string[],
  start: string,
): Promise<Readonly<Record<string, unknown>>> {
  const refuse: Refuse = (reason) => new KeyferryError('USAGE', { reason, hint: `${start} --help` });
  const options: Readonly<Record<string, Options>> = { ...kebabOptions(command), ...EVERYWHERE };
  const end = words.indexOf('--');
  const typed = end === -1 ? words : words.slice(0, end);
  const verbatim = end === -1 ? [] : words.slice(end + 1);
  checkOptionWords(typed, options, refuse);

  const found = await split(typed, options, refuse);
  const missing = Object.keys(options).filter(
    (name) => options[name]?.demandOption && found.values[name] === undefined,
  );
  if (missing.length > 0) {
    throw refuse(`${missing.map((name) => `--${name}`).join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`);
  }
  const args: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(options)) {
    args[name] = readValue(`--${name}`, option, found.values[name], refuse);
  }
  Object.assign(args, positionalValues(command.positionals, [...found.loose, ...verbatim], refuse));
  for (const [name, value] of Object.entries(args)) args[camel(name)] = value;
  for (const name of Object.keys(command.options)) args[name] = args[kebab(name)];
  return args;
}

/** What yargs would let pass or guess at: an unknown option, a value for a flag, the same option twice. */
function checkOptionWords(words: readonly string[], options: Readonly<Record<string, Options>>, refuse: Refuse): void {
  const seen = new Set<string>();
  for (const word of words) {
    const [, dashes, typed = '', value] = OPTION_WORD.exec(word) ?? [];
    if (dashes === undefined) continue;
    const name = ownerOf(dashes === '-' ? typed : kebab(typed), options);
    if (name === undefined) {
      const near = nearest(kebab(typed), Object.keys(options));
      throw refuse(`there is no option ${dashes}${typed}${near === null ? '' : `; did you mean --${near}?`}`);
    }
    const option = options[name];
    if (value !== undefined && option?.type === 'boolean') throw refuse(`--${name} takes no value`);
    if (seen.has(name) && !isList(option)) throw refuse(`--${name} is given twice`);
    seen.add(name);
  }
}

/** The option that has this name or alias. */
function ownerOf(typed: string, options: Readonly<Record<string, Options>>): string | undefined {
  if (Object.hasOwn(options, typed)) return typed;
  return Object.keys(options).find((name) => [options[name]?.alias ?? []].flat().includes(typed));
}

/** Lets yargs tell options from words, and check what must, and must not, stand together. Values stay text. */
async function split(words: readonly string[], options: Readonly<Record<string, Options>>, refuse: Refuse) {
  const { default: yargs } = await import('yargs');
  const asText = ({ choices, coerce, demandOption, ...option }: Options): Options => ({
    ...option,
    type: option.type === 'number' ? 'string' : option.type,
  });
  const parser = yargs()
    .locale('en')
    .parserConfiguration({
      'boolean-negation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .exitProcess(false)
    .version(false)
    .help(false)
    .strictOptions()
    .options(Object.fromEntries(Object.entries(options).map(([name, option]) => [name, asText(option)])))
    .requiresArg(Object.keys(options).filter((name) => !['boolean', 'count'].includes(options[name]?.type ?? '')));
  let failure: Error | undefined;
  const values: Record<string, unknown> = await parser.parse(words.map(kebabWord), {}, (error) => {
    failure = error ?? undefined;
  });
  if (failure !== undefined) throw refuse(failure.message.replaceAll(/\s*\n\s*/g, ' ').trim());
  return { values, loose: values._ as string[] };
}

function positionalValues(
  positionals: Readonly<Record<string, PositionalOptions>>,
  words: readonly string[],
  refuse: Refuse,
): Record<string, unknown> {
  const rest = [...words];
  const values: Record<string, unknown> = {};
  for (const [name, positional] of Object.entries(positionals)) {
    const given = positional.array ? rest.splice(0) : rest.shift();
    const missing = given === undefined || (positional.array && given.length === 0);
    if (missing && positional.demandOption) throw refuse(`${name.toUpperCase()} is missing`);
    values[name] = readValue(name.toUpperCase(), positional, missing ? positional.default : given, refuse);
  }
  if (rest.length > 0) throw refuse(`${rest[0]} is one word too many`);
  return values;
}

/** Turns text into what the declaration wants: a number, one of the choices, what `coerce` makes of it. */
function readValue(name: string, declared: Declared, given: unknown, refuse: Refuse): unknown {
  if (given === undefined) return undefined;
  const one = (text: unknown) => {
    const value = declared.type === 'number' && typeof text === 'string' ? decimal(name, text, refuse) : text;
    if (declared.choices !== undefined && !declared.choices.includes(value as string)) {
      throw refuse(`${name} is one of ${declared.choices.join(', ')}; found ${String(text)}`);
    }
    return value;
  };
  const value = Array.isArray(given) ? given.map(one) : one(given);
  return declared.coerce === undefined ? value : declared.coerce(value);
}

function decimal(name: string, text: string, refuse: Refuse): number {
  if (!/^-?\d{1,15}(\.\d{1,15})?$/.test(text)) throw refuse(`${name} is a number; found ${text}`);
  return Number(text);
}

function isList(option: Options | undefined): boolean {
  return option?.type === 'array' || option?.array === true || option?.type === 'count';
}

function kebabWord(word: string): string {
  const [, dashes, name = '', value = ''] = OPTION_WORD.exec(word) ?? [];
  return dashes === '--' ? `--${kebab(name)}${value}` : word;
}

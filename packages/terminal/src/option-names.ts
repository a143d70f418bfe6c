import type { Options } from 'yargs';
import type { Command } from './command.js';

/** The options of every command. */
export const EVERYWHERE: Readonly<Record<string, Options>> = {
  json: { type: 'boolean', default: false, describe: 'print the result as one JSON object' },
  quiet: { type: 'boolean', default: false, describe: 'print only results, warnings and errors' },
};

/** The options of a command under the names that are typed. */
export function kebabOptions(command: Command): Record<string, Options> {
  return Object.fromEntries(Object.entries(command.options).map(([name, option]) => [kebab(name), option]));
}

export function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function camel(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

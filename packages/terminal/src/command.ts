import type { ExitName } from '@keyferry/errors';
import type { InferredOptionType, Options, PositionalOptions } from 'yargs';
import { z } from 'zod';
import type { Terminal } from './terminal.js';

/** What a command ends with, when it ends well enough to have a result. */
export interface Outcome<R> {
  /** What --json prints; it must match the command's schema. */
  readonly result: R;
  /** The exit status, `done` unless said; `verification` for a judge that found faults; `interrupted` where it says so itself. */
  readonly exit?: ExitName;
  /** Work was given up that may never end: the process ends once the result is printed, whatever is still open. */
  readonly abandons?: boolean;
}

type Camel<S> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;

/** The arguments as `run` sees them: each under its name as declared, and under its camelCase name. */
export type ArgumentsOf<O extends Record<string, Options>, P extends Record<string, PositionalOptions>> = {
  readonly [K in keyof O as K | Camel<K>]: InferredOptionType<O[K]>;
} & { readonly [K in keyof P as K | Camel<K>]: InferredOptionType<P[K]> };

export interface CommandDefinition<
  O extends Record<string, Options>,
  P extends Record<string, PositionalOptions>,
  S extends z.ZodType,
> {
  /** One word, or two: `kek show` and `kek create` form the group `kek`. */
  readonly name: string;
  /** In the order in which they are given on the command line. */
  readonly positionals?: P;
  /** One line without a full stop. */
  readonly summary: string;
  /** A further paragraph for --help. */
  readonly details?: string;
  /** By long name, kebab-case or camelCase; they are typed in kebab-case. A list takes one value each time it is given. */
  readonly options: O;
  /** The name of the program may be left out at the start. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** The documented schema of what --json prints. */
  readonly result: S;
  /** The command serves until a signal ends it: SIGINT, SIGTERM and SIGHUP are its normal end, with its own exit status. */
  readonly endsBySignal?: boolean;
  /** What is printed on stdout without --json; an empty text prints nothing. */
  text(result: z.output<S>): string;
  /** Does the work. When `signal` aborts, it unwinds (its reason is a KeyferryError INTERRUPTED). */
  run(args: ArgumentsOf<O, P>, terminal: Terminal, signal: AbortSignal): Promise<Outcome<z.output<S>>>;
}

/** A command of a program, made by `defineCommand`. */
export type Command = Readonly<
  Omit<
    CommandDefinition<Record<string, Options>, Record<string, PositionalOptions>, z.ZodType>,
    'positionals' | 'text' | 'run'
  >
> & {
  readonly positionals: Readonly<Record<string, PositionalOptions>>;
  text(result: unknown): string;
  run(args: Readonly<Record<string, unknown>>, terminal: Terminal, signal: AbortSignal): Promise<Outcome<unknown>>;
};

/** Declares a command: the types of its arguments follow from its options and positionals. */
export function defineCommand<
  const O extends Record<string, Options>,
  S extends z.ZodType,
  const P extends Record<string, PositionalOptions> = Record<never, never>,
>(definition: CommandDefinition<O, P, S>): Command {
  return { positionals: {}, ...definition } as unknown as Command;
}

/** The JSON Schema (draft 2020-12) of what a command prints with --json. */
export function jsonSchemaOf(command: Command): { name: string; schema: object } {
  return { name: command.name, schema: z.toJSONSchema(command.result) };
}

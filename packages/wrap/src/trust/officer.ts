import type { Terminal } from '@keyferry/terminal';
import {
  type ModuleArguments,
  moduleOptions,
  type OpenToken,
  soPinOptions,
  tokenOptions,
  tokenUri,
  withToken,
} from '@keyferry/token';

export const officerOptions = { ...tokenOptions, ...moduleOptions, ...soPinOptions } as const;

export interface OfficerArguments extends ModuleArguments {
  readonly token: string;
  readonly soPinFile?: string | undefined;
  readonly soPinEnv?: string | undefined;
}

/**
 * Logs in as security officer, who sees public objects only, and runs `work` with a writable session.
 * Errors: URI_INVALID, MODULE_*, TOKEN_*, PIN_*, HSM_*.
 */
export function withOfficer<T>(
  args: OfficerArguments,
  terminal: Terminal,
  work: (open: OpenToken) => Promise<T>,
): Promise<T> {
  const sources = { ...args, pinFile: args.soPinFile, pinEnv: args.soPinEnv };
  return withToken(tokenUri(args.token), sources, terminal, work, { writable: true, as: 'so' });
}

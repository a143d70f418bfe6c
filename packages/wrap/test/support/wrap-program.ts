import { type RunResult, runProgram } from '../../../../test/support/programs.js';
import type { HsmUnderTest } from '../../../../test/support/token.js';

/** Options of `keyferry-wrap wrap`: a value, true for a flag, undefined to leave one out. */
export type WrapOptions = Readonly<Record<string, string | true | undefined>>;

/** Runs `keyferry-wrap wrap --json` on a token, with module and PIN file unless the options say otherwise. */
export function wrapOn(
  token: HsmUnderTest,
  options: WrapOptions,
  env: Record<string, string> = {},
): Promise<RunResult> {
  const all: WrapOptions = {
    module: token.module,
    'module-parameters': token.moduleParameters,
    'pin-file': token.pinFile,
    json: true,
    ...options,
  };
  const args = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : value === true ? [`--${name}`] : [`--${name}`, value],
  );
  return runProgram('keyferry-wrap', ['wrap', ...args], { env: { ...token.env, ...env } });
}

/** A key of the token that is called hsm. */
export function keyUri(label: string): string {
  return `pkcs11:token=hsm;object=${encodeURIComponent(label)}`;
}

import type { KeyferryError } from '@keyferry/errors';
import type { TokenFlags } from '@keyferry/pkcs11';
import type { Verdict } from '../suite/verdict.js';

/** What the suite asks of the process that holds the module. PINs go this way alone. */
export type Request =
  | { readonly do: 'look'; readonly module: string; readonly parameters: string | undefined; readonly token: string }
  | { readonly do: 'enter'; readonly pin: string | null; readonly soPin: string | null }
  | { readonly do: 'stock' }
  | { readonly do: 'run'; readonly id: string; readonly seed: number };

/** What a module and its token say of themselves before anybody logs in. */
export interface Looked {
  readonly module: { readonly description: string; readonly manufacturer: string; readonly version: string };
  readonly token: {
    readonly label: string;
    readonly manufacturer: string;
    readonly model: string;
    readonly serial: string;
    readonly firmware: string;
    readonly flags: TokenFlags;
    readonly mechanisms: readonly number[];
  };
}

export interface SentError {
  readonly code: string | null;
  readonly reason: string;
  readonly hint: string | undefined;
  readonly values: KeyferryError['values'];
}

export type Reply =
  | { readonly looked: Looked }
  | { readonly entered: true }
  /** A SHA-256 over what tells each object of the token, without those of the suite, which are destroyed. */
  | { readonly stock: readonly string[] }
  | { readonly verdict: Verdict }
  | { readonly error: SentError };

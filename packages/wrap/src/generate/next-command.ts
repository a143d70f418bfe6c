import { formatPkcs11Uri, type Pkcs11Uri } from '@keyferry/pkcs11';
import type { ModuleArguments, OpenToken } from '@keyferry/token';
import type { ObjectName } from './object-names.js';

/** The words of a command as they can be pasted into a shell. */
export function commandLine(...words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

/** The options that name the same token to the next command. */
export function tokenWords({ token, module }: OpenToken, args: ModuleArguments): string[] {
  return ['--token', token.label, '--module', module.path, ...parameterWords(args)];
}

export function parameterWords({ moduleParameters }: ModuleArguments): string[] {
  return moduleParameters === undefined ? [] : ['--module-parameters', moduleParameters];
}

/** A key of this token, and the module that reaches it, in one URI. */
export function keyUri({ token, module, uri }: OpenToken, { label, id }: ObjectName, type: Pkcs11Uri['type']): string {
  return formatPkcs11Uri({
    ...uri,
    token: token.label,
    object: label,
    id,
    ...(type === undefined ? {} : { type }),
    modulePath: module.path,
  });
}

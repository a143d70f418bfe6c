import type { PlanEntry } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { formatPkcs11Uri, type Pkcs11Uri, parsePkcs11Uri } from '@keyferry/pkcs11';
import type { OpenToken } from '@keyferry/token';

/**
 * A reader of the keys that a plan names, each of which must be in the one token that is open. Errors of the function that
 * it returns: URI_INVALID, SECRET_IN_ARGV, TOKEN_NOT_FOUND, TOKEN_AMBIGUOUS.
 */
export function keyReader({ module, token }: OpenToken): (entry: PlanEntry) => Pkcs11Uri {
  const accepted = new Set<string>();
  return ({ key }) => {
    const uri = parsePkcs11Uri(key);
    const { object, id, type, modulePath, moduleName, pinSource, ...selection } = uri;
    if (modulePath !== undefined || moduleName !== undefined || pinSource !== undefined) {
      throw new KeyferryError('URI_INVALID', {
        reason: 'expected a URI of a key alone, found one that names a module or the source of a PIN',
      });
    }
    const name = formatPkcs11Uri(selection);
    if (accepted.has(name)) return uri;
    const { slotId, label } = module.findToken({ slotId: token.slotId, ...selection });
    if (slotId !== token.slotId) {
      throw new KeyferryError('TOKEN_NOT_FOUND', {
        reason: `expected a key of token "${token.label}", found one of "${label}"`,
      });
    }
    accepted.add(name);
    return uri;
  };
}

import { Refusal } from './refusal.js';

/** 404. `id` is NAME or NAME/VERSION. */
export function keyNotFound(id: string): Refusal {
  return new Refusal({
    status: 404,
    code: 'KeyNotFound',
    message: `A key with (name/id) ${id} was not found in this key vault. If you recently deleted this key you may be able to recover it using the correct recovery command.`,
  });
}

export function deletedKeyNotFound(name: string): Refusal {
  return new Refusal({ status: 404, code: 'KeyNotFound', message: `Deleted Key not found: ${name}` });
}

/** 409: the name belongs to a deleted key until that is recovered or purged. */
export function nameIsDeleted(name: string): Refusal {
  return new Refusal({
    status: 409,
    code: 'Conflict',
    message: `Key ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the key can only be recovered or purged.`,
    inner: 'ObjectIsDeletedButRecoverable',
  });
}

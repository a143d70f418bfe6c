import { type ErrorCode, KeyferryError } from '@keyferry/errors';
import { isHsmError } from '@keyferry/pkcs11';
import { type Finding, problem } from './findings.js';

/** Errors that are about this run and not about what is looked at. */
const NOT_A_FINDING: readonly ErrorCode[] = ['INTERNAL', 'INTERRUPTED', 'CANCELLED', 'NOT_A_TERMINAL', 'USAGE'];

/** CKR_DEVICE_REMOVED, CKR_SESSION_HANDLE_INVALID, CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED, CKR_CRYPTOKI_NOT_INITIALIZED. */
const GONE = [0x32, 0xb3, 0xe0, 0xe1, 0x190];

/**
 * Runs a check. What the HSM refuses becomes one finding, which `say` words (default: a problem). A token that is gone,
 * an interruption and a defect stay errors.
 */
export async function attempt<T>(
  id: Finding['id'],
  findings: Finding[],
  work: () => Promise<T> | T,
  say: (id: Finding['id'], text: string, hint: string, error: KeyferryError) => Finding = problem,
): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!isFinding(error)) throw error;
    findings.push(say(id, `${error.message} [${error.code}]`, error.hint, error));
    return null;
  }
}

/** Whether an error says something about the HSM, its keys or a file, so that the examination can go on. */
export function isFinding(error: unknown): error is KeyferryError {
  return error instanceof KeyferryError && !NOT_A_FINDING.includes(error.code) && !isHsmError(error, ...GONE);
}

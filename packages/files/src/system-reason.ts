import { getSystemErrorMap } from 'node:util';

/** Codes of errno that say: the path leads nowhere. */
export const MISSING = ['ENOENT', 'ENOTDIR'];

/** The code of a failed system call (`ENOSPC`), or of a path that no system call could take; null for any other error. */
export function systemCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  return 'syscall' in error || error.code === 'ERR_INVALID_ARG_VALUE' ? error.code : null;
}

/** What a failed system call says of a path: `/mnt/a.byok: no space left on device (ENOSPC)`. Others are thrown on. */
export function systemReason(path: string, error: unknown): string {
  const code = systemCode(error);
  if (code === null) throw error;
  if (code === 'ERR_INVALID_ARG_VALUE') return `${path}: a path cannot hold a zero byte`;
  const [, text] = getSystemErrorMap().get((error as NodeJS.ErrnoException).errno ?? 0) ?? [];
  return `${path}: ${text ?? 'the system call failed'} (${code})`;
}

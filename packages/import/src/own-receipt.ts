import { existsSync } from 'node:fs';
import { MAX_RECEIPT_BYTES, type Receipt, readReceipt } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { openJournal, readBoundedFile } from '@keyferry/files';
import type { ImportFiles } from './import-files.js';
import { openImport, parseImportAct } from './import-journal.js';

/** A blob under a name in a vault. */
export interface ImportKey {
  readonly vault: string;
  readonly name: string;
  readonly blobSha256: string;
}

/** The receipt that says that this blob arrived under this name; null for none, and for any other file. */
export async function ownReceipt({ vault, name, blobSha256 }: ImportKey, file: string): Promise<Receipt | null> {
  if (!existsSync(file)) return null;
  try {
    const receipt = readReceipt(await readBoundedFile(file, { maxBytes: MAX_RECEIPT_BYTES }));
    const same = receipt.vault.url === vault && foldedName(receipt.key.name) === foldedName(name);
    return same && receipt.blob.sha256 === blobSha256 ? receipt : null;
  } catch (error) {
    if (error instanceof KeyferryError) return null;
    throw error;
  }
}

/**
 * Whether a run of this import was killed between its receipt and the end of its journal: then the receipt may be written
 * anew. @throws JOURNAL_*.
 */
export async function leftItsReceipt(
  key: ImportKey,
  files: Pick<ImportFiles, 'journal' | 'receipt'>,
): Promise<boolean> {
  if (!existsSync(files.journal) || (await ownReceipt(key, files.receipt)) === null) return false;
  const journal = await openJournal(files.journal, parseImportAct);
  await journal.close();
  return openImport(journal.entries)?.sent.blobSha256 === key.blobSha256;
}

/** The service knows no case in names. */
export function foldedName(name: string): string {
  return name.toLowerCase();
}

import { checkKek, type Kek, MAX_KEK_BYTES, readKek } from '@keyferry/blob';
import { readBoundedFile } from '@keyferry/files';

export const kekOptions = {
  kek: { type: 'string', demandOption: true, describe: 'key exchange key: .kek.json, az key show, JWK, PEM or DER' },
  kid: { type: 'string', describe: 'full key identifier of the KEK, where the file has none (PEM, DER)' },
} as const;

/** Reads a KEK file and applies every rule of KEKs. Errors: FILE_*, JSON_*, KID_*, KEK_*. */
export async function readCheckedKek(path: string, kid: string | undefined): Promise<Kek> {
  return (await readCheckedKekFile(path, kid)).kek;
}

/** The same, with the bytes of the file. */
export async function readCheckedKekFile(path: string, kid: string | undefined): Promise<{ kek: Kek; bytes: Buffer }> {
  const bytes = await readBoundedFile(path, { maxBytes: MAX_KEK_BYTES });
  const kek = readKek(bytes, { kid });
  checkKek(kek, new Date());
  return { kek, bytes };
}

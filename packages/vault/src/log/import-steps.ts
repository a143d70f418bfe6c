/**
 * What an import by `key_hsm` passes, in this order: `size` for RSA and AES, `curve` for EC, `signature` for both
 * asymmetric types. `refused` ends the list of an import that fails, and is all that other refused requests have; it
 * names the reason.
 */
export type ImportStep =
  | 'decode'
  | 'kid'
  | 'kek'
  | 'lengths'
  | 'oaep'
  | 'aes-length'
  | 'kwp'
  | 'encoding'
  | 'size'
  | 'curve'
  | 'signature'
  | 'commit'
  | 'refused';

/** Is told each step when it has been passed. The detail is for people and never holds key bytes. */
export type OnStep = (step: ImportStep, detail: string) => void;

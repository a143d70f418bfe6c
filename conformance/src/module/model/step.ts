/** Attributes that the model knows: what a key may do, what protects it, and what is told of its history. */
export const FLAGS = {
  sensitive: 'CKA_SENSITIVE',
  extractable: 'CKA_EXTRACTABLE',
  alwaysSensitive: 'CKA_ALWAYS_SENSITIVE',
  neverExtractable: 'CKA_NEVER_EXTRACTABLE',
  local: 'CKA_LOCAL',
  wrap: 'CKA_WRAP',
  unwrap: 'CKA_UNWRAP',
  trusted: 'CKA_TRUSTED',
  wrapWithTrusted: 'CKA_WRAP_WITH_TRUSTED',
  copyable: 'CKA_COPYABLE',
  modifiable: 'CKA_MODIFIABLE',
} as const;
export type Flag = keyof typeof FLAGS;
export type Flags = Readonly<Partial<Record<Flag, boolean>>>;

/**
 * One call on AES keys. Keys and products are meant by number, modulo how many there are when the step is taken: so a sequence
 * stays one when steps are left out of it. A step for which there is none is passed over.
 */
export type Step =
  | { readonly call: 'generate' | 'create'; readonly template: Flags }
  | { readonly call: 'copy' | 'set'; readonly key: number; readonly template: Flags }
  | { readonly call: 'wrap'; readonly by: number; readonly key: number }
  | { readonly call: 'unwrap'; readonly by: number; readonly product: number; readonly template: Flags }
  | { readonly call: 'read'; readonly key: number };

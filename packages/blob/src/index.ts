export { type Byok, readByok, writeByok } from './byok.js';
export { type ByokAnatomy, inspectByok } from './byok-anatomy.js';
export { MAX_BLOB_BYTES } from './byok-schema.js';
export { candidateTargets, splitCiphertext, type TargetCandidate } from './ciphertext.js';
export type { Curve } from './curves.js';
export { fileSchemas } from './file-schemas.js';
export type { Finding } from './finding.js';
export { notChecked as notCheckedSchema } from './format-parts.js';
export { type ImportPlanEntry, readImportPlan } from './import-plan.js';
export { parseJson } from './json.js';
export {
  type EcPublicJwk,
  ecPublicJwk,
  type PublicJwk,
  publicJwkOf,
  publicKeyObject,
  publicKeyPem,
  type RsaPublicJwk,
  rsaBits,
  rsaPublicJwk,
  samePublicKey,
} from './jwk.js';
export { type Kek, type KekAttributes, type KekForm, MAX_KEK_BYTES } from './kek.js';
export { type KekFileContent, writeKekFile } from './kek-file.js';
export { readKek } from './kek-reading.js';
export { checkKek } from './kek-rules.js';
export { type Kid, parseKid } from './kid.js';
export { MAX_MANIFEST_BYTES, type Manifest, manifestSchema, readManifest, writeManifest } from './manifest.js';
export { checkManifest } from './manifest-check.js';
export { NOT_CHECKED, type NotChecked, notCheckedLines } from './not-checked.js';
export { MAX_PLAN_BYTES, type PlanEntry, readPlan } from './plan.js';
export { openPracticeBlob, unwrapPracticeAesKey, unwrapPracticeTarget, wrapPracticeKey } from './practice.js';
export { judgeProbe, type ProbedKey, type ProbeFault, type ProbeVerdict } from './probe.js';
export { MAX_PUBLIC_KEY_BYTES, readPublicKey } from './public-key.js';
export { MAX_RECEIPT_BYTES, type Receipt, readReceipt, receiptSchema, writeReceipt } from './receipt.js';
export { printable } from './shown.js';
export { readTargetKey, type TargetKey, type TargetType } from './target-key.js';
export {
  parseThumbprint,
  type Thumbprint,
  thumbprintHex,
  thumbprintLines,
  thumbprintOf,
  thumbprintWords,
} from './thumbprint.js';
export { type Cloud, parseVaultUrl, type VaultAddress, type VaultKind, vaultOfHost } from './vault-address.js';

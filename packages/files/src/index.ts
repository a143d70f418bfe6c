export { readBoundedFile } from './bounded-reading.js';
export { sha256OfFile } from './digest.js';
export { type Journal, openJournal } from './journal.js';
export { checkOutputs, type OutputFile, writeOutputs } from './output-files.js';
export {
  checkTargets,
  namesIn,
  sweepFolder,
  syncFolder,
  temporaryName,
  tryFolders,
  whatIsAt,
} from './output-folder.js';
export { readSecretFile } from './secret-file.js';

import type { Program } from '@keyferry/terminal';
import { blobCommand } from './commands/blob.js';
import { explainCommand } from './commands/explain.js';
import { importerCommand } from './commands/importer.js';
import { listCommand } from './commands/list.js';
import { moduleCommand } from './commands/module.js';
import { producerCommand } from './commands/producer.js';
import { reportCommand } from './commands/report.js';
import { vectorsVerifyCommand } from './commands/vectors-verify.js';
import { TOOL } from './tool.js';

export const program: Program = {
  ...TOOL,
  summary: 'judges key transfer blobs of test keys, independently of the tools that make them',
  commands: [
    blobCommand,
    producerCommand,
    importerCommand,
    moduleCommand,
    reportCommand,
    listCommand,
    explainCommand,
    vectorsVerifyCommand,
  ],
};

import type { Program } from '@keyferry/terminal';
import { batchCommand } from './commands/batch.js';
import { doctorCommand } from './commands/doctor.js';
import { generateCommand } from './commands/generate.js';
import { inspectCommand } from './commands/inspect.js';
import { kekShowCommand } from './commands/kek-show.js';
import { trustKekCommand } from './commands/trust-kek.js';
import { trustListCommand } from './commands/trust-list.js';
import { trustRemoveCommand } from './commands/trust-remove.js';
import { trustWrappingKeyCommand } from './commands/trust-wrapping-key.js';
import { wrapCommand } from './commands/wrap.js';
import { TOOL } from './tool.js';

export const program: Program = {
  ...TOOL,
  summary: 'wraps keys inside an HSM for Azure Key Vault and Managed HSM, on a machine without a network',
  commands: [
    doctorCommand,
    generateCommand,
    trustKekCommand,
    trustWrappingKeyCommand,
    trustListCommand,
    trustRemoveCommand,
    kekShowCommand,
    wrapCommand,
    batchCommand,
    inspectCommand,
  ],
  secretOptions: ['pin', 'pin-value', 'so-pin', 'password'],
};

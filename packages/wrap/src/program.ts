import type { Program } from '@keyferry/terminal';
import { doctorCommand } from './commands/doctor.js';
import { generateCommand } from './commands/generate.js';
import { inspectCommand } from './commands/inspect.js';
import { kekShowCommand } from './commands/kek-show.js';
import { wrapCommand } from './commands/wrap.js';
import { TOOL } from './tool.js';

export const program: Program = {
  ...TOOL,
  summary: 'wraps keys inside an HSM for Azure Key Vault and Managed HSM, on a machine without a network',
  commands: [doctorCommand, generateCommand, kekShowCommand, wrapCommand, inspectCommand],
  secretOptions: ['pin', 'pin-value', 'so-pin', 'password'],
};

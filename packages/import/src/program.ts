import type { Program } from '@keyferry/terminal';
import { batchCommand } from './commands/batch.js';
import { checkCommand } from './commands/check.js';
import { importCommand } from './commands/import.js';
import { kekCreateCommand } from './commands/kek-create.js';
import { kekDeleteCommand } from './commands/kek-delete.js';
import { kekDisableCommand } from './commands/kek-disable.js';
import { kekFetchCommand } from './commands/kek-fetch.js';
import { kekListCommand } from './commands/kek-list.js';
import { verifyCommand } from './commands/verify.js';
import { TOOL } from './tool.js';

export const program: Program = {
  ...TOOL,
  summary: 'creates key exchange keys in Azure Key Vault and Managed HSM, imports blobs and proves what arrived',
  commands: [
    kekCreateCommand,
    kekFetchCommand,
    kekListCommand,
    kekDisableCommand,
    kekDeleteCommand,
    checkCommand,
    importCommand,
    batchCommand,
    verifyCommand,
  ],
  secretOptions: ['client-secret', 'secret', 'token', 'access-token', 'password', 'pin'],
};

import type { Program } from '@keyferry/terminal';
import { env } from './commands/env.js';
import { policies } from './commands/policies.js';
import { reset } from './commands/reset.js';
import { serve } from './commands/serve.js';
import { VERSION } from './version.js';

export const program: Program = {
  name: 'keyferry-vault',
  version: VERSION,
  summary: 'emulates Key Vault and Managed HSM for tests, with a SoftHSM2 token as its HSM',
  commands: [serve, env, policies, reset],
};

import { runProgram } from '@keyferry/terminal';
import { env } from './commands/env.js';
import { serve } from './commands/serve.js';
import { VERSION } from './version.js';

await runProgram({
  name: 'keyferry-vault',
  version: VERSION,
  summary: 'A Key Vault and Managed HSM emulator whose HSM is a SoftHSM2 token',
  commands: [serve, env],
});

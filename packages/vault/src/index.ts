export type { PolicyName } from './policies.js';
export { program } from './program.js';
export { type StartedVault, type StartOptions, startVault } from './start-vault.js';

export { type StartedVault, type StartOptions, startVault } from './start-vault.js';

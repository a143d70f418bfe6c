export type { RemoteFaults } from './admin/client.js';
export type { FaultSpec } from './faults/fault.js';
export type { WaitingFault } from './faults/faults.js';
export type { PolicyName } from './policies.js';
export { program } from './program.js';
export { type StartedVault, type StartOptions, startVault } from './start-vault.js';

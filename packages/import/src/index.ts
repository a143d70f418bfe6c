export { program } from './program.js';
export { type Candidate, newVersions, type Reconciliation, reconcile } from './reconcile.js';

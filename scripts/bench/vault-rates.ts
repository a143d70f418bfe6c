import type { Benchmark } from './benchmark.js';
import { pairUp, perKey, ratiosOf } from './statistics.js';
import { BenchVault } from './vault-server.js';

const CLIENTS = 8;
/** Requests until the server is as fast as it becomes: JavaScript is compiled while it runs. */
const WARMING = 1500;

export const vaultImport: Benchmark = {
  id: 'vault-import',
  about: `imports of RSA-2048 under an RSA-2048 KEK by ${CLIENTS} clients over TLS, beside bare C_UnwrapKey into the same token`,
  target: 0.8,
  run: (runs) => rates(runs, 300, 'unwrap', (vault) => vault.importRequest()),
};

export const vaultSign: Benchmark = {
  id: 'vault-sign',
  about: `RS256 by RSA-2048 for ${CLIENTS} clients over TLS, beside bare C_Sign with the same key`,
  target: 0.8,
  run: (runs) => rates(runs, 1500, 'sign', (vault) => vault.signRequest()),
};

async function rates(runs: number, count: number, bareCall: 'unwrap' | 'sign', next: (vault: BenchVault) => Buffer) {
  const vault = await BenchVault.start();
  await vault.prepare();
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => vault.client()));
  const bare = vault.bare();
  await vault.seconds(clients, WARMING, () => next(vault));
  const pairs = await pairUp(
    runs,
    () => vault.seconds(clients, count, () => next(vault)),
    () => bare.seconds(bareCall, count),
  );
  for (const client of clients) client.close();
  await bare.stop();
  await vault.stop();
  return { ratios: ratiosOf(pairs), notes: perKey(pairs, count, 'keyferry-vault', 'bare calls') };
}

import { setTimeout } from 'node:timers/promises';
import type { Benchmark } from './benchmark.js';
import { summaryOf } from './statistics.js';
import type { VaultClient } from './vault-client.js';
import { BenchVault, expect200 } from './vault-server.js';

const CLIENTS = 64;
const SECONDS = 60;
/** Until here caches and pools fill, and the compiler of JavaScript works. */
const WARM = 20;
/** Whether garbage is collected early or late moves the memory of one run by 15 MiB. */
const MOST_RUNS = 3;

export const vaultSoak: Benchmark = {
  id: 'vault-soak',
  about: `${CLIENTS} clients for ${SECONDS} seconds without an error: the memory after ${WARM} seconds beside that at the end`,
  target: 0.9,
  async run(runs) {
    const ratios: number[] = [];
    const notes: string[] = [];
    for (let run = 0; run < Math.min(runs, MOST_RUNS); run += 1) {
      const { sent, before, after } = await soak();
      ratios.push(before / after);
      notes.push(`${sent} requests, ${before.toFixed(0)} MiB, then ${after.toFixed(0)} MiB`);
    }
    return { ratios, notes };
  },
};

/** MiB after the warm-up and at the end: each the median of 5 seconds. */
async function soak(): Promise<{ sent: number; before: number; after: number }> {
  const vault = await BenchVault.start();
  await vault.prepare();
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => vault.client()));
  const ended = performance.now() + SECONDS * 1000;
  const memory: number[] = [];
  const watched = (async () => {
    for (let second = 0; second < SECONDS; second += 1) {
      await setTimeout(1000);
      memory.push(vault.mebibytes);
    }
  })();
  const counts = await Promise.all(clients.map((client, number) => goOn(vault, client, number, ended)));
  await watched;
  for (const client of clients) client.close();
  await vault.stop();
  return {
    sent: counts.reduce((sum, count) => sum + count, 0),
    before: summaryOf(memory.slice(WARM - 5, WARM)).median,
    after: summaryOf(memory.slice(-5)).median,
  };
}

/**
 * One client: it imports a key, uses, reads and lists it, has a damaged transfer refused, and deletes and purges the key,
 * so that as many keys are there at the end as at the beginning.
 */
async function goOn(vault: BenchVault, client: VaultClient, number: number, ended: number): Promise<number> {
  let sent = 0;
  const send = async (message: Buffer, status = 200) => {
    const answer = await client.send(message);
    sent += 1;
    if (status === 200) expect200(answer);
    else if (answer.status !== status) throw new Error(`expected ${status}, found ${answer.status}: ${answer.text}`);
  };
  const name = `soak-${number}`;
  while (performance.now() < ended) {
    await send(vault.importRequest(name));
    for (let use = 0; use < 5; use += 1) await send(vault.signRequest(name));
    await send(vault.request('GET', `/keys/${name}`));
    await send(vault.request('GET', '/keys'));
    await send(vault.damagedRequest(`damaged-${number}`), 400);
    await send(vault.request('DELETE', `/keys/${name}`));
    await send(vault.request('DELETE', `/deletedkeys/${name}`), 204);
  }
  return sent;
}

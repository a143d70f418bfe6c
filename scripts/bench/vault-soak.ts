import { setTimeout } from 'node:timers/promises';
import type { Benchmark } from './benchmark.js';
import { summaryOf } from './statistics.js';
import type { VaultClient } from './vault-client.js';
import { BenchVault, expect200 } from './vault-server.js';

const CLIENTS = 64;
const SECONDS = 240;
/** Until here caches and pools fill, and the compiler of JavaScript works. */
const WARM = 60;
/** Garbage that waits moves the memory by 20 MiB from second to second, so stretches of this length are compared. */
const STRETCH = 60;

export const vaultSoak: Benchmark = {
  id: 'vault-soak',
  about: `${CLIENTS} clients for ${SECONDS} seconds without an error: the memory in the second minute beside that in the last`,
  target: 0.95,
  async run() {
    const { sent, memory } = await soak();
    const medianFrom = (second: number) => summaryOf(memory.slice(second, second + STRETCH)).median;
    const before = medianFrom(WARM);
    const after = medianFrom(memory.length - STRETCH);
    return {
      ratios: [before / after],
      notes: [`${sent} requests, ${before.toFixed(0)} MiB, then ${after.toFixed(0)} MiB`],
    };
  },
};

/** How many requests were sent, and the MiB in use after each second. */
async function soak(): Promise<{ sent: number; memory: number[] }> {
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
  return { sent: counts.reduce((sum, count) => sum + count, 0), memory };
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

import type { Benchmark } from './benchmark.js';
import { pairUp, ratiosOf, secondsOf, summaryOf } from './statistics.js';
import type { VaultClient } from './vault-client.js';
import { BenchVault } from './vault-server.js';

const [FEW, MANY] = [10, 5000];
const START = { keys: 1000, seconds: 2 };
const CLIENTS = 8;

/** A vault with so many imported keys. */
async function vaultWith(keys: number): Promise<{ vault: BenchVault; clients: VaultClient[] }> {
  const vault = await BenchVault.start();
  await vault.prepare();
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => vault.client()));
  await vault.seconds(clients, keys, () => vault.importRequest());
  return { vault, clients };
}

/** By kind; each is measured alone, since a slow one must not hide behind the fast ones. */
const REQUESTS: readonly (readonly [what: string, count: number, next: (vault: BenchVault) => Buffer])[] = [
  ['sign', 800, (vault) => vault.signRequest('key-5')],
  ['get', 5000, (vault) => vault.request('GET', '/keys/key-5')],
  ['list', 3000, (vault) => vault.request('GET', `/keys?api-version=2025-07-01&maxresults=${FEW}`)],
  // Last: with it the few become more.
  ['import', 100, (vault) => vault.importRequest()],
];

export const vaultFlat: Benchmark = {
  id: 'vault-flat',
  about: `what a request costs with ${FEW} keys beside ${MANY}; of import, sign, get and list the one that grows most`,
  target: 0.8,
  async run(runs) {
    const few = await vaultWith(FEW);
    const many = await vaultWith(MANY);
    const measured = [];
    for (const [what, count, next] of REQUESTS) {
      const of = ({ vault, clients }: typeof few) => vault.seconds(clients, count, () => next(vault));
      const pairs = await pairUp(
        runs,
        () => of(many),
        () => of(few),
      );
      const ms = (seconds: readonly number[]) => ((1000 * summaryOf(seconds).median) / count).toFixed(2);
      const note = `${what}: ${ms(pairs.map(({ theirs }) => theirs))} ms, then ${ms(pairs.map(({ ours }) => ours))} ms`;
      measured.push({ ratios: ratiosOf(pairs), note });
    }
    for (const { vault, clients } of [few, many]) {
      for (const client of clients) client.close();
      await vault.stop();
    }
    measured.sort((a, b) => summaryOf(a.ratios).median - summaryOf(b.ratios).median);
    return { ratios: measured[0]?.ratios ?? [], notes: measured.map(({ note }) => note) };
  },
};

export const vaultStart: Benchmark = {
  id: 'vault-start',
  about: `${START.seconds} seconds beside a start with ${START.keys} keys, from the command to ready`,
  target: 1,
  async run(runs) {
    const { vault, clients } = await vaultWith(START.keys);
    for (const client of clients) client.close();
    await vault.stop();
    const seconds: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      let started: BenchVault | null = null;
      seconds.push(
        await secondsOf(async () => {
          started = await BenchVault.start(vault.data);
        }),
      );
      await (started as BenchVault | null)?.stop();
    }
    return {
      ratios: seconds.map((one) => START.seconds / one),
      notes: [`${summaryOf(seconds).median.toFixed(2)} seconds`],
    };
  },
};

import { toBinary } from '../oracle/bytes.js';
import type { TestKek } from '../oracle/index.js';

/** How long the private operations of one blob may take together, in milliseconds, before no further one is begun. */
const BUDGET_MS = 1500;

/** A KEK that does the private operation once for each ciphertext, and knows when another one would take too long. */
export interface RememberingKek extends TestKek {
  /** Whether the block of that ciphertext is known, or there is time to compute it. */
  affords(ciphertext: Uint8Array): boolean;
  /** Wipes the blocks. */
  forget(): void;
}

export function rememberBlocks(kek: TestKek, now: () => number = () => performance.now()): RememberingKek {
  const blocks = new Map<string, Buffer>();
  let [spent, longest] = [0, 0];
  return {
    ...kek,
    privateOperation(ciphertext) {
      const name = toBinary(ciphertext);
      let block = blocks.get(name);
      if (!block) {
        const began = now();
        block = kek.privateOperation(ciphertext);
        const took = now() - began;
        [spent, longest] = [spent + took, Math.max(longest, took)];
        blocks.set(name, block);
      }
      return Buffer.from(block);
    },
    affords: (ciphertext) => blocks.has(toBinary(ciphertext)) || spent + longest <= BUDGET_MS,
    forget() {
      for (const block of blocks.values()) block.fill(0);
      blocks.clear();
    },
  };
}

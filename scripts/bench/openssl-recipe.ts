import { createPublicKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { practiceKey } from '../../test/support/practice-keys.js';
import { tokenWith } from './bench-token.js';
import type { Benchmark } from './benchmark.js';
import { programsOn, time } from './programs.js';
import { pairUp, perKey, ratiosOf } from './statistics.js';

const KEYS = 100;

/** What is written today where there is no tool: one shell a key, for keys in files, since openssl asks no HSM here. */
const RECIPE = `
set -eu
aes=$(openssl rand -hex 32)
openssl pkcs8 -topk8 -nocrypt -outform DER -in "$KEY" -out target.der
openssl enc -id-aes256-wrap-pad -K "$aes" -iv A65959A6 -in target.der -out wrapped-target
printf %s "$aes" | xxd -r -p | openssl pkeyutl -encrypt -pubin -inkey "$KEK" -pkeyopt rsa_padding_mode:oaep -out wrapped-aes
both=$(cat wrapped-aes wrapped-target | base64 -w 0 | tr -- +/ -_ | tr -d =)
printf '{"schema_version":"1.0.0","header":{"kid":"%s","alg":"dir","enc":"CKM_RSA_AES_KEY_WRAP"},"ciphertext":"%s","generator":"openssl"}' \
  "$KID" "$both" >"$OUT"
rm target.der wrapped-target wrapped-aes
`;

export const opensslRecipe: Benchmark = {
  id: 'openssl-recipe',
  about: `batch of ${KEYS} keys in an HSM beside the openssl recipe for keys in files, one shell a key (for information)`,
  target: null,
  async run(runs) {
    const { batch, folder } = await programsOn(await tokenWith(KEYS), KEYS);
    const file = (name: string, text: string | Buffer) => {
      writeFileSync(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    };
    const kek = createPublicKey(practiceKey('kek-2048')).export({ type: 'spki', format: 'pem' });
    const env = {
      KEY: file('practice.pem', practiceKey('rsa-2048').export({ type: 'pkcs1', format: 'pem' })),
      KEK: file('kek.pem', kek),
      KID: 'https://bank.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef',
    };
    const recipe = async () => {
      let seconds = 0;
      for (let key = 0; key < KEYS; key += 1) {
        const run = await time('sh', ['-c', RECIPE], '', { ...env, OUT: `openssl-${key}.byok` }, folder);
        seconds += run.seconds;
      }
      return seconds;
    };
    const pairs = await pairUp(runs, async () => (await batch(KEYS)).seconds, recipe);
    return { ratios: ratiosOf(pairs), notes: perKey(pairs, KEYS, 'keyferry-wrap batch', 'openssl recipe') };
  },
};

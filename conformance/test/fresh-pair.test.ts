import { fileURLToPath } from 'node:url';
import test from 'ava';
import { runCommand } from '../../test/support/programs.js';

const FRESH_PAIR = fileURLToPath(new URL('../dist/fresh-pair.js', import.meta.url));

/** Where garbage is collected all the time, the keys of generateKeyPairSync itself stop the process within a few of these. */
const EXPORTS = `import { makeEcPair } from ${JSON.stringify(FRESH_PAIR)};
for (let pair = 0; pair < 300; pair += 1) {
  const { privateKey } = makeEcPair('P-256');
  for (let time = 0; time < 30; time += 1) privateKey.export({ format: 'jwk' });
}
console.log('done');`;

test('a fresh key can be exported as a JWK while garbage is collected', async (t) => {
  const words = ['--max-semi-space-size=1', '--input-type=module', '-e', EXPORTS];
  t.deepEqual(await runCommand(process.execPath, words), { code: 0, stdout: 'done\n', stderr: '' });
});

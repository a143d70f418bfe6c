import { createPublicKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseKid, publicJwkOf, type RsaPublicJwk, thumbprintOf, writeKekFile } from '@keyferry/blob';
import test from 'ava';
import { privateFolder } from './support/folder.js';
import { practiceKey } from './support/practice-keys.js';
import { mustRun } from './support/programs.js';
import { provisionToken } from './support/provision.js';
import { makeToken, SOFTHSM_MODULE } from './support/softhsm.js';

const root = new URL('..', import.meta.url).pathname;

const OPEN_WITH_OPENSSL = `
  printf %s "$CIPHERTEXT" | tr -- -_ +/ | base64 -d -i > both 2>/dev/null || true
  head -c 256 both > wrapped-aes
  tail -c +257 both > wrapped-target
  openssl pkeyutl -decrypt -inkey kek.pem -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha1 -in wrapped-aes -out aes
  openssl enc -d -id-aes256-wrap-pad -K "$(od -An -v -tx1 aes | tr -d ' \\n')" -iv A65959A6 -in wrapped-target -out target
`;

for (const name of ['rsa-2048', 'ec-p256', 'aes-256'] as const) {
  test(`a blob of ours around ${name} opens with openssl alone`, async (t) => {
    const folder = privateFolder(t);
    const token = await makeToken(t, { label: 'hsm' });
    await provisionToken(token, [{ key: name, label: name, id: Buffer.of(1) }]);
    const key = publicJwkOf(createPublicKey(practiceKey('kek-2048'))) as RsaPublicJwk;
    const kek = writeKekFile({
      kid: parseKid(`https://bank.managedhsm.azure.net/keys/kek/${'0'.repeat(32)}`),
      key,
      keyOps: ['import'],
      attributes: { enabled: true, exp: null, nbf: null, hsmPlatform: null },
      attestation: null,
      fetchedAt: '2026-11-23T22:00:00Z',
      tool: { name: 'keyferry-import', version: '0.1.0' },
    });
    writeFileSync(join(folder, 'a.kek.json'), kek);
    writeFileSync(join(folder, 'kek.pem'), practiceKey('kek-2048').export({ type: 'pkcs8', format: 'pem' }));
    const words = ['--module', SOFTHSM_MODULE, '--pin-file', token.pinFile, '--confirm-thumbprint', thumbprintOf(key)];
    await mustRun(
      join(root, 'node_modules/.bin/keyferry-wrap'),
      ['wrap', '--kek', 'a.kek.json', '--key', `pkcs11:token=hsm;object=${name}`, '--out', 'a.byok', ...words],
      { env: token.env, cwd: folder },
    );
    const { ciphertext } = JSON.parse(readFileSync(join(folder, 'a.byok'), 'utf8'));
    await mustRun('bash', ['-eu', '-c', OPEN_WITH_OPENSSL], { cwd: folder, env: { CIPHERTEXT: ciphertext } });
    const target = readFileSync(join(folder, 'target'));
    if (name === 'aes-256') {
      t.deepEqual(target, practiceKey(name).export());
      return;
    }
    const { stdout } = await mustRun('openssl', ['pkey', '-inform', 'DER', '-in', 'target', '-pubout'], {
      cwd: folder,
    });
    t.is(stdout, createPublicKey(practiceKey(name)).export({ type: 'spki', format: 'pem' }).toString());
  });
}

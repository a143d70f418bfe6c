import test from 'ava';
import { writeKekFile } from '../src/kek-file.js';
import { readKek } from '../src/kek-reading.js';
import { parseKid } from '../src/kid.js';
import { codeOf } from './support/refusal.js';
import { KID, kekFile, kekJwk } from './support/samples.js';

const good = kekJwk(2048);

test('a KEK file is read back as it was written, in one exact form', (t) => {
  const bytes = kekFile();
  const back = readKek(bytes);
  t.is(back.form, 'keyferry-kek');
  t.deepEqual(back.key, good);
  t.deepEqual(back.keyOps, ['import']);
  t.deepEqual(back.attributes, { enabled: true, exp: 1_800_000_000, nbf: null, hsmPlatform: '2' });
  t.is(back.fetchedAt, '2026-11-23T22:00:00Z');
  t.deepEqual(back.tool, { name: 'keyferry-import', version: '0.1.0' });
  t.is(
    bytes.toString(),
    `{
  "schema": "keyferry/kek/1",
  "kid": "${KID}",
  "key": {
    "kty": "RSA",
    "n": "${good.n}",
    "e": "AQAB"
  },
  "thumbprint": "${back.thumbprint}",
  "keyOps": [
    "import"
  ],
  "attributes": {
    "enabled": true,
    "exp": 1800000000,
    "nbf": null,
    "hsmPlatform": "2"
  },
  "vault": {
    "url": "https://bank.vault.azure.net",
    "kind": "vault"
  },
  "attestation": null,
  "fetchedAt": "2026-11-23T22:00:00Z",
  "tool": {
    "name": "keyferry-import",
    "version": "0.1.0"
  }
}
`,
  );
});

test('a KEK file that could not be read back is not written', (t) => {
  const content = {
    kid: parseKid(KID),
    key: good,
    keyOps: ['import'],
    attributes: { enabled: true, exp: null, nbf: null, hsmPlatform: null },
    attestation: { certificatePemFile: 'AAAA' },
    fetchedAt: '2026-11-23T22:00:00Z',
    tool: { name: 'x', version: '1' },
  };
  t.deepEqual(readKek(writeKekFile(content)).attestation, { certificatePemFile: 'AAAA' });
  for (const wrong of [
    { fetchedAt: 'yesterday' },
    { attestation: 'none' },
    { tool: { name: '\u001b[2J', version: '1' } },
  ]) {
    t.is(
      codeOf(() => writeKekFile({ ...content, ...wrong })),
      'KEK_UNREADABLE',
    );
  }
});

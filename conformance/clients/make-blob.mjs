/**
 * make-blob.mjs KEK.json KEY OUT.byok: wraps a practice key for a KEK, as a BYOK tool does.
 * KEK.json is what a client shows of the KEK: an object with kid, n and e, or one with such an object as `key`.
 * KEY is a private key in PEM, or an AES key in hex on the last line.
 */
import { createPrivateKey, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { makeBlob } from '../dist/oracle/index.js';

const [kekFile = '', keyFile = '', out = ''] = process.argv.slice(2);
const shown = JSON.parse(readFileSync(kekFile, 'utf8'));
const { kid, n, e } = shown.key ?? shown;
const number = (text) => BigInt(`0x${Buffer.from(text, 'base64').toString('hex')}`);
const text = readFileSync(keyFile, 'utf8');
const target = text.includes('PRIVATE KEY')
  ? createPrivateKey(text).export({ format: 'der', type: 'pkcs8' })
  : Buffer.from(text.trim().split('\n').at(-1) ?? '', 'hex');
const blob = makeBlob({
  kek: { n: number(n), e: number(e) },
  kid,
  target,
  aesKey: randomBytes(32),
  seed: randomBytes(20),
});
writeFileSync(out, blob);

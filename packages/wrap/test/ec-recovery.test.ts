import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { type Curve, publicJwkOf } from '@keyferry/blob';
import test from 'ava';
import { recoverEcPublicKeys } from '../src/target/ec-recovery.js';

const CURVES: Curve[] = ['P-256', 'P-384', 'P-521', 'secp256k1'];

for (const crv of CURVES) {
  test(`the public key on ${crv} is among those recovered from each signature, and two signatures single it out`, (t) => {
    for (let round = 0; round < 5; round++) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: crv });
      const expected = publicJwkOf(publicKey);
      const [first, second] = ['one', 'two'].map((text) => {
        const data = Buffer.from(text);
        const signature = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
        return recoverEcPublicKeys(crv, createHash('sha256').update(data).digest(), signature);
      });
      const common = first?.filter((jwk) => second?.some((other) => other.x === jwk.x && other.y === jwk.y));
      t.deepEqual(common, [expected]);
    }
  });
}

import test from 'ava';
import { wholeFile } from '../../../test/support/folder.js';
import { PRACTICE_KEYS } from '../../../test/support/practice-keys.js';
import { provision, provisionToken } from '../../../test/support/provision.js';
import { makeToken, SOFTHSM_MODULE, useToken } from '../../../test/support/softhsm.js';
import { loadModule } from '../src/index.js';

const token = await makeToken(wholeFile);
useToken(token);

test('every practice key goes into a token, from this process or from another', async (t) => {
  const placements = PRACTICE_KEYS.map((key, at) => ({ key, label: key, id: Buffer.of(at) }));
  await provisionToken(token, placements);
  const session = loadModule(SOFTHSM_MODULE).findToken({ token: token.label }).openSession({ writable: true });
  session.login(token.pin);
  for (const { key, ...placement } of placements) provision(session, key, placement);
  t.is(session.find({}).length, 2 * (2 * 10 + 3));
});

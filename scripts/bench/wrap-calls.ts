import { readFileSync } from 'node:fs';
import { readKek } from '@keyferry/blob';
import { loadModule } from '@keyferry/pkcs11';
import { bareLoop, listObjects, openBare } from '../../packages/pkcs11/bench/bare-loop.js';
import { prepareAhead } from '../../packages/wrap/src/batch/ahead.js';
import { listTokenObjects } from '../../packages/wrap/src/batch/token-objects.js';
import { startRun } from '../../packages/wrap/src/wrapping/run.js';
import { wrapPrepared } from '../../packages/wrap/src/wrapping/transfer.js';
import { makeKekFile } from '../../packages/wrap/test/support/kek-file.js';
import { privateFolder, wholeFile } from '../../test/support/folder.js';
import { type TestToken, useToken } from '../../test/support/softhsm.js';
import { labels, tokenWith } from './bench-token.js';
import type { Benchmark } from './benchmark.js';
import { bareRequest } from './programs.js';
import { pairUp, perKey, ratiosOf, secondsOf } from './statistics.js';

const KEYS = 1000;

export const wrapCalls: Benchmark = {
  id: 'wrap-calls',
  about: `${KEYS} RSA-2048 keys wrapped by library calls, nothing written, beside the bare PKCS#11 calls, in one process`,
  target: 0.95,
  async run(runs) {
    const token = await tokenWith(KEYS);
    useToken(token);
    const ours = await libraryCalls(token);
    const bare = bareCalls(token);
    const pairs = await pairUp(
      runs,
      () => secondsOf(ours),
      () => secondsOf(bare),
    );
    return { ratios: ratiosOf(pairs), notes: perKey(pairs, KEYS, 'library calls', 'bare calls') };
  },
};

async function libraryCalls(token: TestToken): Promise<() => Promise<void>> {
  const module = loadModule(token.module);
  const found = module.findToken({ token: token.label });
  const session = found.openSession();
  session.login(token.pin);
  const finderOf = listTokenObjects(session);
  const open = { module, token: found, session, uri: { token: token.label } };
  const args = { strictDer: false, noProbe: true, rehearseTarget: false, practice: false, production: false };
  const { signal } = new AbortController();
  const run = await startRun(open, args, () => {}, signal, finderOf(session));
  const kek = readKek(readFileSync(makeKekFile(privateFolder(wholeFile), 2048).path));
  const requests = labels(KEYS).map((object) => ({ kek, key: { object, type: 'private' as const }, blobFile: object }));
  return async () => {
    const ahead = prepareAhead(run, finderOf, requests, signal);
    for (const _ of requests) await wrapPrepared(run, await ahead.next(), signal);
    await ahead.close();
  };
}

function bareCalls(token: TestToken): () => void {
  const request = bareRequest(token, labels(KEYS), null);
  const { library, session } = openBare(request);
  const { privateKeys, publicKeys, ids } = listObjects(library, session);
  const loop = bareLoop(library, session, request);
  return () => {
    for (const label of request.keys) {
      const object = privateKeys.get(label);
      const publicObject = publicKeys.get(ids.get(label) ?? '');
      if (object === undefined || publicObject === undefined) throw new Error(`the token has no ${label}`);
      loop.wrap(object, publicObject, label);
    }
  };
}

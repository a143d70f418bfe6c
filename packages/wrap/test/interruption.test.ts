import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { makeOverlayToken } from '../../../test/support/overlay.js';
import type { RunResult } from '../../../test/support/programs.js';
import { provisionToken } from '../../../test/support/provision.js';
import { storedObjects } from './support/doctor-program.js';
import { makeKekFile } from './support/kek-file.js';
import { keyUri, wrapOn } from './support/wrap-program.js';

const SIGINT = 2;
const EVERYTHING = { 'rsa-aes-key-wrap': 'exact', kwp: ['0x210b:exact', '0x210a:exact'] };

/** A token with a key, and how it is wrapped; nothing but a KEK may stand in the folder afterwards. */
async function subject(t: ExecutionContext, mechanism: string) {
  const token = await makeOverlayToken(t, EVERYTHING, { label: 'hsm' });
  await provisionToken(token, [{ key: 'ec-p256', label: 'ec-p256', id: Buffer.of(1) }]);
  const objects = storedObjects(token);
  const folder = privateFolder(t);
  const kek = makeKekFile(folder, 2048);
  const out = join(folder, 'a.byok');
  const wrap = (): Promise<RunResult> =>
    wrapOn(token, { kek: kek.path, key: keyUri('ec-p256'), 'confirm-thumbprint': kek.thumbprint, out, mechanism });
  const nothingLeft = (what: string) => {
    t.deepEqual(readdirSync(folder), [basename(kek.path)], what);
    t.deepEqual(storedObjects(token), objects, what);
  };
  return { token, wrap, nothingLeft };
}

/** Each eighth call of a wrap, and the three last ones; the two mechanisms begin at different calls. */
for (const [mechanism, first] of [
  ['composite', 2],
  ['rsa-aes-key-wrap', 6],
] as const) {
  test(`Ctrl-C in a call of a wrap by ${mechanism} leaves no object and no file, exit 130`, async (t) => {
    const { token, wrap, nothingLeft } = await subject(t, mechanism);
    token.setBehaviour({ ...EVERYTHING, refuse: 'C_Finalize:0x5' });
    const before = token.trace().length;
    await wrap();
    const calls = token.trace().length - before - 1; // they are counted after C_Initialize
    t.true(calls > 48, `${calls} calls`);
    nothingLeft('a refused end');
    const places = [calls - 2, calls - 1, calls];
    for (let place = first; place < calls - 2; place += 8) places.push(place);
    for (const place of places) {
      token.setBehaviour({ ...EVERYTHING, raise: `*:${place}:${SIGINT}` });
      const { code, stdout } = await wrap();
      const what = `call ${place}: ${token.trace().at(-1)}`;
      t.is(code, 130, what);
      t.regex(stdout, /"code": ?"INTERRUPTED"/, what);
      nothingLeft(what);
    }
  });
}

test('an HSM library that dies in one of its calls takes the program with it, and nothing stays behind', async (t) => {
  const { token, wrap, nothingLeft } = await subject(t, 'composite');
  for (const die of ['C_CreateObject:1', 'C_GenerateKey:1', 'C_WrapKey:2', 'C_WrapKey:3', 'C_DestroyObject:1']) {
    token.setBehaviour({ ...EVERYTHING, die });
    t.is((await wrap()).code, null, die);
    nothingLeft(die);
  }
});

import test from 'ava';
import fc from 'fast-check';
import { memoryContext } from './support/memory-engine.js';
import { type AnyReply, ask } from './support/requests.js';
import { blobFor, keyHsm } from './support/transfer.js';

const URL = 'https://gone.vault.azure.net';
const DAYS_90 = 90 * 24 * 60 * 60;

const make = (context: ReturnType<typeof memoryContext>, name: string, body: object = { kty: 'EC-HSM' }) =>
  ask(context, 'POST', `${URL}/keys/${name}/create`, body);

test('a deleted key is gone with all its versions, shows when it would be purged, and comes back whole', async (t) => {
  const context = memoryContext(1_800_000_000);
  const first = (await make(context, 'Key', { kty: 'EC-HSM', tags: { a: 'b' } })).body;
  const second = (await make(context, 'key')).body;
  const deleted = await ask(context, 'DELETE', `${URL}/keys/KEY`);
  t.is(deleted.status, 200);
  t.deepEqual(deleted.body, {
    ...second,
    recoveryId: `${URL}/deletedkeys/Key`,
    deletedDate: 1_800_000_000,
    scheduledPurgeDate: 1_800_000_000 + DAYS_90,
  });
  t.deepEqual((await ask(context, 'GET', `${URL}/deletedkeys/key`)).body, deleted.body);
  const { kid: _, ...item } = (await ask(context, 'GET', `${URL}/deletedkeys`)).body.value[0];
  t.like(item, { recoveryId: `${URL}/deletedkeys/Key`, deletedDate: 1_800_000_000, attributes: second.attributes });

  for (const [method, path] of [
    ['GET', '/keys/key'],
    ['GET', '/keys/key/versions'],
    ['PATCH', '/keys/key'],
    ['DELETE', '/keys/key'],
    ['POST', '/keys/key/sign'],
    ['GET', new globalThis.URL(first.key.kid).pathname],
  ] as const) {
    const { status, body } = await ask(context, method, URL + path, {});
    t.is(status, 404, path);
    t.is(body.error.code, 'KeyNotFound');
  }
  t.deepEqual((await ask(context, 'GET', `${URL}/keys`)).body.value, []);

  const recovered = await ask(context, 'POST', `${URL}/deletedkeys/key/recover`);
  t.deepEqual(recovered.body, second);
  t.deepEqual((await ask(context, 'GET', first.key.kid)).body, first);
  t.is((await ask(context, 'GET', `${URL}/keys/key/versions`)).body.value.length, 2);
  t.is((await ask(context, 'GET', `${URL}/deletedkeys/key`)).status, 404);
  t.is((await make(context, 'key')).status, 200);
});

test('the name of a deleted key cannot be used, in the words of the service, until it is purged', async (t) => {
  const context = memoryContext();
  const kek = (await make(context, 'kek', { kty: 'RSA-HSM', key_ops: ['import'] })).body.key;
  await make(context, 'taken');
  await make(context, 'taken');
  await ask(context, 'DELETE', `${URL}/keys/taken`);
  const objects = context.engine.objects.size;
  const key = { kty: 'RSA-HSM', key_hsm: keyHsm(blobFor(kek.kid, Buffer.alloc(256 + 1232))) };
  for (const answer of [await make(context, 'TAKEN'), await ask(context, 'PUT', `${URL}/keys/taken`, { key })]) {
    t.is(answer.status, 409);
    t.like(answer.body.error, { code: 'Conflict', innererror: { code: 'ObjectIsDeletedButRecoverable' } });
    t.regex(answer.body.error.message, /currently in a deleted but recoverable state/);
  }
  t.is(context.engine.objects.size, objects);

  const purged = await ask(context, 'DELETE', `${URL}/deletedkeys/taken`);
  t.is(purged.status, 204);
  t.is(purged.body, undefined);
  t.is(context.engine.objects.size, 1, 'only the KEK is left in the token');
  t.is((await ask(context, 'DELETE', `${URL}/deletedkeys/taken`)).status, 404);
  t.is((await make(context, 'taken')).status, 200);
  t.is((await ask(context, 'GET', `${URL}/keys/taken/versions`)).body.value.length, 1);
});

test('a key that is deleted while another version of it is being made keeps the new one out', async (t) => {
  const context = memoryContext();
  await make(context, 'racing');
  const { engine } = context;
  const slow = {
    ...context,
    engine: {
      ...engine,
      generate: async (...args: Parameters<typeof engine.generate>) => {
        await ask(context, 'DELETE', `${URL}/keys/racing`);
        return engine.generate(...args);
      },
    },
  };
  t.is((await ask(slow, 'POST', `${URL}/keys/racing/create`, { kty: 'EC' })).status, 409);
  t.is(engine.objects.size, 1);
});

test('a deleted KEK unwraps nothing', async (t) => {
  const context = memoryContext();
  const kek = (await make(context, 'kek', { kty: 'RSA-HSM', key_ops: ['import'] })).body.key;
  const key = { kty: 'RSA-HSM', key_hsm: keyHsm(blobFor(kek.kid, Buffer.alloc(256 + 1232))) };
  t.is((await ask(context, 'PUT', `${URL}/keys/target`, { key })).status, 200);
  await ask(context, 'DELETE', `${URL}/keys/kek`);
  const refused = await ask(context, 'PUT', `${URL}/keys/target`, { key });
  t.is(refused.body.error.innererror.code, 'KeyferryVault.KidUnknown');
  await ask(context, 'POST', `${URL}/deletedkeys/kek/recover`);
  t.is((await ask(context, 'PUT', `${URL}/keys/target`, { key })).status, 200);
});

/** The names of a list, page by page; `between` happens after each page. */
async function walk(
  context: ReturnType<typeof memoryContext>,
  path: string,
  length: number,
  between: (page: number) => Promise<unknown> = async () => undefined,
): Promise<string[]> {
  const kids: string[] = [];
  let link: string | null = `${URL}${path}?api-version=7.4&maxresults=${length}`;
  for (let page = 0; link !== null; page++) {
    const { status, body }: AnyReply = await ask(context, 'GET', link);
    if (status !== 200) throw new Error(JSON.stringify(body));
    kids.push(...body.value.map(({ kid }: { kid: string }) => kid));
    link = body.nextLink;
    await between(page);
  }
  return kids.map((kid) => kid.split('/').slice(4).join('/'));
}

test('lists come in pages of 25 or fewer, each key once', async (t) => {
  const context = memoryContext();
  const names = Array.from({ length: 60 }, (_, at) => `k-${String(at).padStart(2, '0')}`);
  for (const name of names.toReversed()) await make(context, name);
  const page = (await ask(context, 'GET', `${URL}/keys`)).body;
  t.is(page.value.length, 25);
  t.regex(
    page.nextLink,
    /^https:\/\/gone\.vault\.azure\.net\/keys\?api-version=7\.4&\$skiptoken=[\w-]+&maxresults=25$/,
  );
  for (const length of [1, 7, 25]) t.deepEqual(await walk(context, '/keys', length), names);

  for (const name of names.slice(0, 40)) await ask(context, 'DELETE', `${URL}/keys/${name}`);
  t.deepEqual(await walk(context, '/deletedkeys', 6), names.slice(0, 40));
  t.deepEqual(await walk(context, '/keys', 20), names.slice(40));
  for (let count = 0; count < 27; count++) await make(context, 'many');
  const versions = await walk(context, '/keys/many/versions', 5);
  t.is(new Set(versions).size, 27);
});

test('whatever keys come and go between the pages, one that stays is listed exactly once', async (t) => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-d-]{1,3}$/), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(names, names, names, fc.integer({ min: 1, max: 4 }), async (stay, come, go, length) => {
      const context = memoryContext();
      const staying = stay.filter((name) => !go.includes(name));
      for (const name of [...staying, ...go]) await make(context, name);
      const listed = await walk(context, '/keys', length, async (page) => {
        const added = come[page];
        const removed = go[page];
        if (added !== undefined) await make(context, added);
        if (removed !== undefined) await ask(context, 'DELETE', `${URL}/keys/${removed}`);
      });
      return new Set(listed).size === listed.length && staying.every((name) => listed.includes(name));
    }),
    { numRuns: 60 },
  );
  t.pass();
});

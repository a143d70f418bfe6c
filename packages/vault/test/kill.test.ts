import { createHash, createPublicKey, type JsonWebKey, randomBytes, verify } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { KilledServer } from './support/killed-server.js';
import { random, seed } from './support/random.js';
import { blobFor, keyHsm, plaintextOf, wrapFor } from './support/transfer.js';

// A server under load is killed again and again. KEYFERRY_KILLS=200 runs the long proof.

const KILLS = Number(process.env.KEYFERRY_KILLS ?? 24);
const CLIENTS = 4;
/** The longest time that a server lives after its start, in milliseconds. */
const LONGEST_LIFE = 350;
const URL = 'https://killed.vault.azure.net';

/** What is known of one key of one version. Where an answer was lost, more than one thing is possible. */
interface Known {
  readonly kid: string;
  readonly jwk: JsonWebKey & { kty: string };
  tags: (string | undefined)[];
  keyOps: string[];
  mayBeGone: boolean;
}

interface World {
  readonly data: string;
  readonly next: () => number;
  kek: { kid: string; n: string; e: string } | null;
  /** By name. */
  readonly keys: Map<string, Known>;
  /** Names whose creation was sent and not answered. */
  readonly unanswered: Set<string>;
  readonly deleted: Set<string>;
  names: number;
  swept: number;
}

const bodies = new Map<string, unknown>();

/** The body of an import; wrapped once for each KEK, since the server does not mind the same blob twice. */
function importBody(kek: NonNullable<World['kek']>, kty: 'EC-HSM' | 'RSA-HSM') {
  const known = bodies.get(kek.kid + kty);
  if (known !== undefined) return known;
  const source = practiceKey(kty === 'EC-HSM' ? 'ec-p256' : 'rsa-2048');
  const key_hsm = keyHsm(blobFor(kek.kid, wrapFor(kek, plaintextOf(source))));
  const body = { key: { kty, ...(kty === 'EC-HSM' && { crv: 'P-256' }), key_hsm, key_ops: ['sign', 'verify'] } };
  bodies.set(kek.kid + kty, body);
  return body;
}

/** Makes, changes and deletes keys until no answer comes any more. */
async function load(server: KilledServer, world: World): Promise<void> {
  const own: string[] = [];
  for (;;) {
    const what = world.next();
    const name = own[Math.floor(world.next() * own.length)];
    const key = name === undefined ? undefined : world.keys.get(name);
    const done =
      key === undefined || name === undefined || what < 0.6
        ? await make(server, world, own, what)
        : what < 0.75
          ? await retag(server, key)
          : what < 0.92
            ? await reuse(server, key)
            : await remove(server, world, key, name, own);
    if (!done) return;
  }
}

async function make(server: KilledServer, world: World, own: string[], what: number): Promise<boolean> {
  const name = `key-${world.names++}`;
  const { kek } = world;
  world.unanswered.add(name);
  const reply =
    kek === null || what < 0.15
      ? await server.call('POST', `${URL}/keys/${name}/create`, { kty: 'EC-HSM', key_ops: ['sign', 'verify'] })
      : await server.call('PUT', `${URL}/keys/${name}`, importBody(kek, what < 0.3 ? 'RSA-HSM' : 'EC-HSM'));
  if (reply === null) return false;
  if (reply.status !== 200) throw new Error(`${name}: ${JSON.stringify(reply)}`);
  const { kid, key_ops, ...jwk } = reply.body.key;
  world.keys.set(name, { kid, jwk, tags: [undefined], keyOps: [key_ops.join()], mayBeGone: false });
  world.unanswered.delete(name);
  own.push(name);
  return true;
}

async function retag(server: KilledServer, key: Known): Promise<boolean> {
  const tag = randomBytes(4).toString('hex');
  key.tags.push(tag);
  const reply = await server.call('PATCH', key.kid, { tags: { tag } });
  if (reply?.status === 200) key.tags = [tag];
  return reply !== null;
}

/** Another set of operations is another object in the token. */
async function reuse(server: KilledServer, key: Known): Promise<boolean> {
  const asked = key.keyOps.at(-1) === 'sign,verify' ? ['sign'] : ['sign', 'verify'];
  key.keyOps.push(asked.join());
  const reply = await server.call('PATCH', key.kid, { key_ops: asked });
  if (reply?.status === 200) key.keyOps = [asked.join()];
  return reply !== null;
}

async function remove(server: KilledServer, world: World, key: Known, name: string, own: string[]): Promise<boolean> {
  key.mayBeGone = true;
  own.splice(own.indexOf(name), 1);
  const reply = await server.call('DELETE', `${URL}/keys/${name}`);
  if (reply?.status !== 200) return reply !== null;
  world.keys.delete(name);
  world.deleted.add(name);
  return true;
}

/** The names of the live keys, page by page. */
async function listed(server: KilledServer): Promise<string[]> {
  const names: string[] = [];
  for (let url: string | null = `${URL}/keys`; url !== null; ) {
    const page: { value: { kid: string }[]; nextLink: string | null } = (await server.call('GET', url))?.body;
    names.push(...page.value.map(({ kid }) => kid.split('/').at(-1) ?? ''));
    url = page.nextLink;
  }
  return names;
}

async function works(t: ExecutionContext, server: KilledServer, kid: string, jwk: Known['jwk'], what: string) {
  const message = randomBytes(32);
  const value = createHash('sha256').update(message).digest('base64url');
  const isEc = jwk.kty.startsWith('EC');
  const reply = await server.call('POST', `${kid}/sign`, { alg: isEc ? 'ES256' : 'RS256', value });
  t.is(reply?.status, 200, `${what}: ${JSON.stringify(reply)}`);
  const key = createPublicKey({ format: 'jwk', key: { ...jwk, kty: isEc ? 'EC' : 'RSA' } });
  const signature = Buffer.from(reply?.body.value, 'base64url');
  t.true(verify('sha256', message, isEc ? { key, dsaEncoding: 'ieee-p1363' } : key, signature), what);
}

/** Each acknowledged key works and says what was acknowledged; nothing else is there. `names`: those to look at. */
async function check(t: ExecutionContext, server: KilledServer, world: World, names: Iterable<string>, what: string) {
  for (const name of [...names]) {
    const key = world.keys.get(name);
    if (key === undefined) continue;
    const reply = await server.call('GET', key.kid);
    if (reply?.status === 404 && key.mayBeGone) {
      world.keys.delete(name);
      world.deleted.add(name);
      continue;
    }
    t.is(reply?.status, 200, `${what}: ${name} is lost`);
    t.like(reply?.body.key, key.jwk, what);
    t.true(key.tags.includes(reply?.body.tags.tag), `${what}: tags of ${name}`);
    t.true(key.keyOps.includes(reply?.body.key.key_ops.join()), `${what}: key_ops of ${name}`);
    Object.assign(key, { tags: [reply?.body.tags.tag], keyOps: [reply?.body.key.key_ops.join()], mayBeGone: false });
    await works(t, server, key.kid, key.jwk, `${what}: ${name}`);
  }
  for (const name of await listed(server)) {
    t.false(world.deleted.has(name), `${what}: ${name} was deleted`);
    if (world.keys.has(name) || name === 'kek') continue;
    t.true(world.unanswered.has(name), `${what}: ${name} is nobody's`);
    // Its answer was lost: then it has been made as a whole.
    const { kid, key_ops, ...jwk } = (await server.call('GET', `${URL}/keys/${name}`))?.body.key ?? {};
    await works(t, server, kid, jwk, `${what}: ${name}, whose answer was lost`);
    world.keys.set(name, { kid, jwk, tags: [undefined], keyOps: [key_ops.join()], mayBeGone: false });
  }
  world.unanswered.clear();
}

function sweptAccordingTo(said: string): number {
  return Number(/(\d+) unfinished/.exec(said)?.[1] ?? 0);
}

test(`${KILLS} kills at random moments lose no acknowledged key, and leave nothing half made`, async (t) => {
  if (process.env.KEYFERRY_KILLS !== undefined) t.timeout(15 * 60_000);
  const from = seed();
  t.log(`KEYFERRY_SEED=${from} KEYFERRY_KILLS=${KILLS}`);
  const next = random(from);
  const data = join(privateFolder(t), 'vault');
  const world: World = {
    data,
    next,
    kek: null,
    keys: new Map(),
    unanswered: new Set(),
    deleted: new Set(),
    names: 0,
    swept: 0,
  };
  let touched: string[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const server = new KilledServer(data);
    t.teardown(() => server.kill());
    // One in five does not come to the end of its start.
    if (next() < 0.2) {
      await setTimeout(next() * LONGEST_LIFE);
      await server.kill();
      world.swept += sweptAccordingTo(server.said);
      continue;
    }
    t.true(await server.ready(), server.said);
    world.swept += sweptAccordingTo(server.said);
    await check(t, server, world, touched, `before kill ${kill}`);
    if (world.kek === null) {
      const body = { kty: 'RSA-HSM', key_ops: ['import'] };
      world.kek = (await server.call('POST', `${URL}/keys/kek/create`, body))?.body.key ?? null;
    }
    const before = new Set(world.keys.keys());
    const clients = Array.from({ length: CLIENTS }, () => load(server, world));
    await setTimeout(next() * LONGEST_LIFE);
    await server.kill();
    await Promise.all(clients);
    touched = [...world.keys.keys()].filter((name) => !before.has(name));
  }
  const last = new KilledServer(data);
  t.teardown(() => last.kill());
  t.true(await last.ready(), last.said);
  world.swept += sweptAccordingTo(last.said);
  await check(t, last, world, world.keys.keys(), 'at the end');
  await last.kill();

  const tokens = join(data, 'tokens');
  const [token = ''] = readdirSync(tokens);
  const objects = readdirSync(join(tokens, token)).filter((name) => /^[0-9a-f-]+\.object$/.test(name));
  const records = readdirSync(join(data, 'keys')).filter((name) => name.endsWith('.json'));
  t.is(objects.length, records.length);
  t.log(`${world.keys.size} keys kept, ${world.deleted.size} deleted, ${world.swept} objects swept`);
  t.true(world.keys.size > 0);
});

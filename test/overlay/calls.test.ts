import test from 'ava';
import { practiceKey } from '../support/practice-keys.js';
import { hsm, IN_ONE_CALL, inOwnProcess, makeAes, OAEP, openOaep, played, refusal, target } from './playing.js';

test.serial('a call is refused always, or once', async (t) => {
  await played({ refuse: ['C_CopyObject:0x31', 'C_WrapKey:2:0x32'] }, async ({ session, kek }) => {
    const aes = await makeAes(session);
    for (const _ of [1, 2])
      t.is(await refusal(() => session.copy(aes, {})), 'HSM_ERROR C_CopyObject CKR_DEVICE_MEMORY');
    const wrap = () => refusal(session.wrapKey(OAEP, kek.publicKey, aes));
    t.deepEqual([await wrap(), await wrap(), await wrap()], ['none', 'HSM_ERROR C_WrapKey CKR_DEVICE_REMOVED', 'none']);
  });
});

test.serial('a KEK is exchanged for another one, openly or not', async (t) => {
  const { n } = practiceKey('kek-2048').export({ format: 'jwk' });
  for (const [how, reads] of [
    ['yes', false],
    ['hidden', true],
  ] as const) {
    await played({ 'swap-kek': how }, async ({ session, kek }) => {
      const modulus = session.read(kek.publicKey, 'modulus');
      t.is(modulus?.length, 256);
      t.is(modulus?.toString('base64url') === n, reads);
      const wrapped = await session.wrapKey(OAEP, kek.publicKey, await makeAes(session));
      t.throws(() => openOaep(wrapped));
    });
  }
});

test.serial('an attribute is hidden, the others are not; and nothing is destroyed', async (t) => {
  await played({ 'hide-attribute': ['0x120', '0x165'], 'no-destroy': 'yes' }, async ({ session, kek }) => {
    t.is(session.read(kek.publicKey, 'modulus'), null);
    t.is(session.read(kek.publicKey, 'modulusBits'), 2048);
    t.is(session.read(await makeAes(session), 'alwaysSensitive'), null);
    t.is(await refusal(() => session.destroy(kek.publicKey)), 'HSM_ERROR C_DestroyObject CKR_GENERAL_ERROR');
    t.is(session.find({ class: 'public-key' }).length, 1);
  });
});

test.serial('the trace tells what was asked, and nothing that is secret', async (t) => {
  await played({ 'rsa-aes-key-wrap': 'exact' }, async ({ session, kek }) => {
    const before = hsm.trace().length;
    const key = target(session, 'ec-p256');
    await session.wrapKey(IN_ONE_CALL, kek.publicKey, key);
    await session.wrapKey(OAEP, kek.publicKey, await makeAes(session));
    const lines = hsm.trace().slice(before);
    t.is(lines.length, 4);
    t.regex(lines[0] ?? '', /^C_CreateObject session=\d+ template=.*0x0=3,0x100=3,.*,0x11,.* object=\d+ -> 0x0$/);
    t.regex(
      lines[1] ?? '',
      /^C_WrapKey session=\d+ mechanism=0x1054 aesBits=256 hash=0x220 mgf=0x1 source=1 labelLength=0 wrappingKey=\d+ key=\d+ length=336 -> 0x0$/,
    );
    t.regex(lines[2] ?? '', /^C_GenerateKey .*mechanism=0x1080 template=0x1=false,0x2=true,.*0x161=32 key=\d+ -> 0x0$/);
    t.regex(lines[3] ?? '', /mechanism=0x9 hash=0x220 mgf=0x1 source=1 labelLength=0 .*length=256 -> 0x0$/);
  });
  const all = hsm.trace().join('\n');
  t.false(all.includes(hsm.pin) || all.includes(hsm.soPin));
  t.true(all.includes('user=user pin=given'));
});

test.serial('a process dies when a call has done its work, and before it knows', async (t) => {
  hsm.setBehaviour({ die: 'C_CreateObject:2' });
  const script = "login(); for (const label of ['a', 'b', 'c']) session.create({ class: 'data', token: true, label });";
  t.like(await inOwnProcess(script), { code: null, stdout: '' });
  t.regex(hsm.trace().at(-1) ?? '', /^C_CreateObject .* -> died$/);
  await played({}, async ({ session }) => {
    const left = session.find({ class: 'data' });
    t.deepEqual(left.map((object) => session.read(object, 'label')).sort(), ['a', 'b']);
    for (const object of left) session.destroy(object);
  });
});

test.serial('a signal comes in the middle of a call, which goes on', async (t) => {
  const listen = `
    const alive = setInterval(() => undefined, 1000);
    process.once('SIGINT', () => { console.log(made, 'SIGINT'); clearInterval(alive); });`;
  const work = "login(); const made = typeof session.create({ class: 'data', token: false });";
  for (const raise of ['C_CreateObject:1:2', '*:8:2']) {
    hsm.setBehaviour({ raise });
    t.like(await inOwnProcess(work, listen), { code: 0, stdout: 'bigint SIGINT\n' }, raise);
  }
});

// A BYOK tool in software, right in all that the suite looks at but for the one fault that its first argument names: an id
// of FAULTS (what is wrong with the blob), `accepts/NAME` (what it does not refuse), or one of BEHAVIOURS. `none` is right.
import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const [fault = 'none', ...words] = process.argv.slice(2);
const state = process.env.KEYFERRY_ADAPTER_STATE;
const [MADE, REFUSED, UNSUPPORTED] = [0, 1, 77];
const is = (name) => fault.replace(/^command./, '') === name;

const CAPABILITIES = {
  contract: '1',
  name: `broken: ${fault}`,
  version: '1.0',
  keyTypes: ['rsa-2048', 'ec-p256', 'aes-256'],
  kekSizes: [2048],
  mechanisms: ['software'],
  oct: true,
  kekAttributes: true,
  thumbprint: true,
  provision: true,
  objects: true,
  serve: !fault.startsWith('command/'),
};

class Refused extends Error {}

/** Every rule, by the name of the case that tries it. */
function rulesOf({ 'kek-pem': pemFile, kid, target, out }) {
  const pem = readFileSync(pemFile, 'utf8');
  const json = JSON.parse(readFileSync(join(dirname(pemFile), 'kek.kek.json'), 'utf8'));
  const confirmed = readFileSync(join(dirname(pemFile), 'kek.thumbprint'), 'utf8').trim();
  const kek = createPublicKey(pem);
  const jwk = kek.export({ format: 'jwk' });
  const n = jwk.n === undefined ? 0n : numberOf(jwk.n);
  const e = jwk.e === undefined ? 65537n : numberOf(jwk.e);
  const bits = n === 0n ? 0 : n.toString(2).length;
  const { enabled, exp, nbf } = json.attributes;
  const seconds = Date.now() / 1000;
  const host = new URL(kid).host;
  const key = keyOf(target);
  const broken = {
    'kek-not-rsa': jwk.kty !== 'RSA',
    'kek-private-pem': pem.includes('PRIVATE KEY'),
    'kek-1024': bits !== 0 && bits < 2048,
    'kek-8192': bits > 4096,
    'kek-exponent-3': e !== 65537n,
    'kek-even-modulus': n !== 0n && n % 2n === 0n,
    'kek-wrong-ops': json.keyOps.join() !== 'import',
    'kek-disabled': !enabled,
    'kek-expired': exp !== null && exp <= seconds,
    'kek-not-yet-valid': nbf !== null && nbf > seconds,
    'kek-tampered': jwk.n === json.key.n && thumbprintOf(jwk) !== confirmed,
    'kek-pem-and-json-differ': jwk.n !== json.key.n,
    'kid-unversioned': !/\/keys\/[^/]+\/[0-9a-f]{32}$/.test(kid),
    'kid-foreign-host': !/^[a-z-]+\.(vault|managedhsm)\.azure\.net$/.test(host),
    'target-unknown': key === null,
    'target-unextractable': key?.extractable === false,
    'aes-to-key-vault': key?.type === 'secret' && host.includes('.vault.'),
    'out-exists': existsSync(out),
    'out-no-folder': !isFolder(dirname(out)),
  };
  return { broken: Object.keys(broken).filter((name) => broken[name]), kek: { n, e, bytes: bits / 8 }, key };
}

const numberOf = (base64url) => BigInt(`0x${Buffer.from(base64url, 'base64url').toString('hex') || '0'}`);
const isFolder = (path) => existsSync(path) && statSync(path).isDirectory();

function thumbprintOf({ e, kty, n, crv, x, y }) {
  const members = kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y };
  const digest = createHash('sha256').update(JSON.stringify(members)).digest('base64url');
  return `urn:ietf:params:oauth:jwk-thumbprint:sha-256:${digest}`;
}

function keyOf(target) {
  const file = join(state, `${target}.key`);
  if (!existsSync(file)) return null;
  const { type, extractable, bytes } = JSON.parse(readFileSync(file, 'utf8'));
  return { type, extractable, bytes: Buffer.from(bytes, 'hex') };
}

/** What must be the same in one blob, and in no other; the fault `reused/...` keeps it. */
const kept = new Map();
function randomness() {
  const known = new Map(kept);
  return (name, bytes) => {
    const value = known.get(name) ?? randomBytes(bytes);
    known.set(name, value);
    if (is('reused/aes-key') && name === 'AES key') kept.set(name, value);
    if (is('reused/oaep-seed') && name === 'OAEP seed') kept.set(name, value);
    return value;
  };
}

async function blobOf(kid, kek, key) {
  const { FAULTS } = await import('../../dist/making/faults.js');
  const { makeWrongBlob } = await import('../../dist/making/wrong-blob.js');
  const random = randomness();
  const target = () => key.bytes;
  const otherKek = { ...kek, n: kek.n - 2n };
  const material = { kek, otherKek, kid, target, random };
  const isOwn = /^(command\/)?(none|accepts|behaves|reused|serve|capabilities)(\/|$)/.test(fault);
  if (!isOwn && !Object.hasOwn(FAULTS, fault)) throw new Error(`there is no fault ${fault}`);
  const steps = isOwn ? {} : FAULTS[fault](material);
  const blob = makeWrongBlob(material, { target: key.bytes, ...steps });
  return { blob, aesKey: random('AES key', 32) };
}

async function wrap(options) {
  const { kid, out } = options;
  if (is('behaves/crashes')) process.abort();
  if (is('behaves/hangs')) await new Promise((resolve) => setTimeout(resolve, 3_600_000));
  if (is('behaves/refuses-all')) throw new Refused('not today');
  if (is('behaves/unsupported')) return { exit: UNSUPPORTED, stderr: 'I never wrap\n' };
  if (is('behaves/exit-3')) return { exit: 3, stderr: 'pin=1234 was wrong\n' };
  const { broken, kek, key } = rulesOf(options);
  const [rule] = broken.filter((name) => !is(`accepts/${name}`));
  if (rule !== undefined) throw new Refused(`rule: ${rule}`);
  if (is('behaves/no-file') || broken.includes('out-no-folder')) return { exit: MADE };
  if (broken.includes('kek-not-rsa')) {
    writeFileSync(out, '{}', { mode: 0o600 });
    return { exit: MADE };
  }
  const wrapped = is('behaves/another-key') || key === null ? otherKey(key) : key;
  const { blob, aesKey } = await blobOf(is('behaves/other-kid') ? kid.replace(/.$/, 'e') : kid, kek, wrapped);
  const mode = is('behaves/mode-0644') ? 0o644 : is('behaves/mode-0666') ? 0o666 : 0o600;
  const umask = process.umask(0);
  writeFileSync(out, blob, { mode });
  process.umask(umask);
  if (is('behaves/extra-file')) writeFileSync(join(dirname(out), 'aes.bin.enc'), 'x');
  if (is('behaves/left-in-folder')) writeFileSync(`debug-${Date.now()}-${randomBytes(4).toString('hex')}.log`, 'x');
  if (is('behaves/leaves-object')) leaveObject();
  if (is('behaves/prints-key')) return { exit: MADE, stderr: `debug: ${scalarOf(wrapped).toString('hex')}\n` };
  if (is('behaves/prints-aes-key')) return { exit: MADE, stdout: `wrapped with ${aesKey.toString('base64')}\n` };
  return { exit: MADE };
}

const leaveObject = () => writeFileSync(join(state, `left-${randomBytes(6).toString('hex')}.object`), '');

function otherKey(key) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...key, bytes: privateKey.export({ type: 'pkcs8', format: 'der' }) };
}

/** The scalar of an EC key on P-256 in PKCS#8, as Node writes it. */
const scalarOf = ({ bytes }) => bytes.subarray(36, 68);

function provision({ pkcs8, secret, target, extractable }) {
  const bytes = readFileSync(pkcs8 ?? secret);
  const record = {
    type: pkcs8 ? 'private' : 'secret',
    extractable: extractable === 'yes',
    bytes: bytes.toString('hex'),
  };
  writeFileSync(join(state, `${target}.key`), JSON.stringify(record), { mode: 0o600 });
  return { exit: MADE };
}

async function run([command, ...rest]) {
  const options = {};
  for (let at = 0; at < rest.length; at += 2) options[rest[at].slice(2)] = rest[at + 1];
  try {
    switch (command) {
      case 'capabilities':
        return { exit: MADE, stdout: capabilitiesText() };
      case 'provision':
        return provision(options);
      case 'remove':
        rmSync(join(state, `${options.target}.key`));
        return { exit: MADE };
      case 'objects':
        return { exit: MADE, stdout: `${readdirSync(state).length}\n` };
      case 'wrap':
        return await wrap(options);
      default:
        return { exit: UNSUPPORTED };
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (is('behaves/file-after-refusal') && isFolder(dirname(options.out)))
      writeFileSync(`${options.out}.partial`, '{');
    if (is('behaves/object-after-refusal')) leaveObject();
    return {
      exit: is('behaves/refuses-with-77') ? UNSUPPORTED : REFUSED,
      stderr: is('behaves/silent') ? '' : `${error.message}\n`,
    };
  }
}

function capabilitiesText() {
  if (is('capabilities/no-json')) return 'version 1\n';
  if (is('capabilities/contract-2')) return JSON.stringify({ ...CAPABILITIES, contract: '2' });
  if (is('capabilities/unknown-member')) return JSON.stringify({ ...CAPABILITIES, speed: 9 });
  if (is('capabilities/oct')) return JSON.stringify({ ...CAPABILITIES, oct: false });
  return JSON.stringify(CAPABILITIES);
}

async function serve() {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    const isWrap = request.do === 'run' && request.words[0] === 'wrap';
    if (is('serve/ends') && isWrap) process.exit(0);
    const reply = { id: request.id, ...(request.do === 'run' ? await run(request.words) : { exit: MADE }) };
    if (is('serve/other-id') && isWrap) reply.id += 1;
    if (is('serve/long-line') && isWrap) reply.stderr = 'x'.repeat(2 * 1024 * 1024);
    process.stdout.write(is('serve/no-json') && isWrap ? 'made it\n' : `${JSON.stringify(reply)}\n`);
    if (request.do === 'stop') break;
  }
}

if (words[0] === 'serve') await serve();
else {
  const { exit, stdout = '', stderr = '' } = await run(words);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exit;
}

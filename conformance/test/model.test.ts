import { KeyferryError } from '@keyferry/errors';
import { type Attributes, CKM, type ObjectHandle } from '@keyferry/pkcs11';
import test from 'ava';
import { MODEL_CASES } from '../src/module/cases/model.js';
import type { Hsm } from '../src/module/hsm.js';

/** Attributes as a token of the standard has them, but for what a test makes it do. */
interface Play {
  /** Whether it refuses a template that says CKA_TRUSTED true. */
  readonly refusesTrust: () => boolean;
  readonly refusesAll?: boolean;
}

/** As much of a token as the topic `trust` asks for, in memory. */
function inMemory({ refusesTrust, refusesAll = false }: Play): Hsm {
  const keys = new Map<bigint, Attributes>();
  const refuse = (): never => {
    throw new KeyferryError('HSM_ERROR', { reason: 'refused', values: { call: 'C_X', ckr: 'CKR_X', number: 0x10 } });
  };
  const check = (template: Attributes, before: Attributes = {}) => {
    if (refusesAll || (template.trusted === true && refusesTrust())) refuse();
    if (before.wrapWithTrusted === true && template.wrapWithTrusted === false) refuse();
  };
  const keep = (attributes: Attributes) => {
    const handle = BigInt(keys.size + 1) as ObjectHandle;
    keys.set(handle, { trusted: false, wrapWithTrusted: false, ...attributes });
    return handle;
  };
  const of = (handle: ObjectHandle) => keys.get(handle) ?? {};
  const session = {
    random: (bytes: number) => Buffer.alloc(bytes, 7),
    create(template: Attributes) {
      check(template);
      return keep(template);
    },
    async generateKey(_: unknown, template: Attributes) {
      check(template);
      return keep(template);
    },
    copy(key: ObjectHandle, template: Attributes) {
      check(template, of(key));
      return keep({ ...of(key), ...template });
    },
    write(key: ObjectHandle, template: Attributes) {
      check(template, of(key));
      keys.set(key, { ...of(key), ...template });
    },
    read: (key: ObjectHandle, name: keyof Attributes) => of(key)[name] ?? null,
    async wrapKey(_: unknown, by: ObjectHandle, key: ObjectHandle) {
      if (of(key).wrapWithTrusted === true && of(by).trusted !== true) refuse();
      return Buffer.alloc(40);
    },
    temporary: <T>(work: (own: (object: ObjectHandle) => ObjectHandle) => Promise<T>) => work((object) => object),
  };
  const token = { mechanisms: () => new Set([CKM.AES_KEY_WRAP]) };
  return { session, token, seed: 1 } as unknown as Hsm;
}

async function judgeTrust(play: Play) {
  const verdict = await MODEL_CASES['module/model/trust']?.run(inMemory(play));
  const finding = verdict?.kind === 'judged' ? verdict.findings[0] : undefined;
  if (finding === undefined) throw new Error('no finding');
  return finding;
}

test('a token that keeps to the standard passes, and so does one that refuses everything', async (t) => {
  const right = await judgeTrust({ refusesTrust: () => true });
  t.is(right.level, 'pass');
  t.is(right.actual, '200 random sequences, seed 1, and nothing against it');
  t.is((await judgeTrust({ refusesTrust: () => true, refusesAll: true })).level, 'pass');
});

test('what is wrong each time fails, in its shortest form', async (t) => {
  const finding = await judgeTrust({ refusesTrust: () => false });
  t.is(finding.level, 'fail');
  t.is(finding.expected, 'only the security officer sets CKA_TRUSTED');
  t.regex(finding.actual, /^[^;]* with [^;]*CKA_TRUSTED true: it returned CKR_OK \(seed 1\)$/);
});

test('what is wrong once and not again is told as that, and is no failure', async (t) => {
  let asked = 0;
  const finding = await judgeTrust({ refusesTrust: () => ++asked !== 30 });
  t.is(finding.level, 'warn');
  t.regex(finding.actual, /^once, and not again when it was repeated: .*CKA_TRUSTED true.*: it returned CKR_OK/);
});

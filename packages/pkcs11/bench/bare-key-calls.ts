/**
 * What an import into a vault and a signature cost at least: the bare PKCS#11 calls, on the token of the vault. Only for
 * comparison (scripts/bench): it checks nothing. A program: the first line of stdin is the request, each further line
 * `unwrap COUNT` or `sign COUNT`, answered by a line with the seconds that they took.
 */
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import pkcs11js from 'pkcs11js';

export interface BareKeyCalls {
  readonly module: string;
  readonly pin: string;
  /** CKA_LABEL of the KEK and of an RSA key that may sign. */
  readonly kek: string;
  readonly signer: string;
  /** The two parts of a transfer of an RSA key, in hex. */
  readonly wrappedAesKey: string;
  readonly wrappedTarget: string;
}

const RSA = 0;
const AES = 0x1f;
const PRIVATE_KEY = 3;
const SECRET_KEY = 4;
const KWP_AS_SOFTHSM_HAS_IT = { mechanism: 0x210a };
const DIGEST_INFO = Buffer.from(`3031300d060960864801650304020105000420${'07'.repeat(32)}`, 'hex');

const OAEP = {
  mechanism: 0x9,
  parameter: { type: pkcs11js.CK_PARAMS_RSA_OAEP, hashAlg: 0x220, mgf: 1, source: 1, sourceData: null },
} as unknown as pkcs11js.Mechanism;

const AES_TEMPLATE: pkcs11js.Template = [
  { type: 0x0, value: ulong(SECRET_KEY) },
  { type: 0x100, value: ulong(AES) },
  { type: 0x1, value: false },
  ...[0x2, 0x103, 0x107].map((type) => ({ type, value: true })),
];

const TARGET_TEMPLATE: pkcs11js.Template = [
  { type: 0x0, value: ulong(PRIVATE_KEY) },
  { type: 0x100, value: ulong(RSA) },
  ...[0x1, 0x2, 0x103, 0x108].map((type) => ({ type, value: true })),
  { type: 0x162, value: false },
  { type: 0x3, value: Buffer.from('bare target') },
  { type: 0x102, value: Buffer.alloc(16, 7) },
];

function bareCalls(request: BareKeyCalls) {
  const library = new pkcs11js.PKCS11();
  library.load(request.module);
  library.C_Initialize({ flags: 2 });
  const [slot] = library.C_GetSlotList(true);
  if (slot === undefined) throw new Error('no token');
  const session = library.C_OpenSession(slot, 6);
  library.C_Login(session, 1, request.pin);
  const find = (label: string) => {
    library.C_FindObjectsInit(session, [{ type: 0x3, value: Buffer.from(label) }]);
    const [found] = library.C_FindObjects(session, 1);
    library.C_FindObjectsFinal(session);
    if (found === undefined) throw new Error(`no ${label} in the token`);
    return found;
  };
  const kek = find(request.kek);
  const signer = find(request.signer);
  const wrappedAesKey = Buffer.from(request.wrappedAesKey, 'hex');
  const wrappedTarget = Buffer.from(request.wrappedTarget, 'hex');
  const signature = Buffer.alloc(512);
  return {
    unwrap() {
      const aesKey = library.C_UnwrapKey(session, OAEP, kek, wrappedAesKey, AES_TEMPLATE);
      library.C_UnwrapKey(session, KWP_AS_SOFTHSM_HAS_IT, aesKey, wrappedTarget, TARGET_TEMPLATE);
      library.C_DestroyObject(session, aesKey);
    },
    sign() {
      library.C_SignInit(session, { mechanism: 0x1 }, signer);
      library.C_Sign(session, DIGEST_INFO, signature);
    },
  };
}

function ulong(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  let calls: ReturnType<typeof bareCalls> | null = null;
  for await (const line of createInterface({ input: process.stdin })) {
    if (calls === null) {
      calls = bareCalls(JSON.parse(line));
      continue;
    }
    const [what, count] = line.split(' ');
    const began = process.hrtime.bigint();
    for (let call = 0; call < Number(count); call += 1) calls[what as 'unwrap' | 'sign']();
    console.log(Number(process.hrtime.bigint() - began) / 1e9);
  }
}

import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type Kek, type Manifest, type NotChecked, printable } from '@keyferry/blob';
import { sha256OfFile } from '@keyferry/files';
import type { TargetPublicKey } from '../target/public-key.js';
import type { Target } from '../target/target.js';
import type { Mode } from '../token/mode.js';
import type { OpenToken } from '../token/open-token.js';
import { TOOL } from '../tool.js';
import type { Wrapping } from './mechanisms.js';
import { EPHEMERAL_AES_BITS } from './wrap-target.js';

/** "BYOK tool name and version; source HSM name and firmware version", as the format asks. */
export function generatorOf({ token }: OpenToken, mode: Mode): string {
  const source = `${token.manufacturer} ${token.model} ${token.firmware}`;
  return `${TOOL.name} ${TOOL.version}; ${printable(source)}${mode === 'practice' ? '; PRACTICE' : ''}`;
}

/** All that is known after the wrap. */
export interface Transfer {
  readonly open: OpenToken;
  readonly kek: Kek;
  readonly mode: Mode;
  readonly target: Target & { readonly bits: number };
  readonly publicKey: TargetPublicKey;
  readonly kcv: string | null;
  readonly wrapping: Wrapping;
  readonly blob: Buffer;
  readonly blobFile: string;
}

/** The manifest that goes home beside the blob. */
export async function describeTransfer(transfer: Transfer): Promise<Manifest> {
  const { open, kek, mode, target, publicKey, kcv, wrapping, blob } = transfer;
  const notChecked: NotChecked[] = [...kek.notChecked, ...publicKey.notChecked, 'kwp-flavour', 'target-rehearsal'];
  if (target.type === 'oct' && kcv === null) notChecked.push('kcv');
  return {
    schema: 'keyferry/manifest/1',
    mode,
    blob: {
      file: basename(transfer.blobFile),
      sha256: createHash('sha256').update(blob).digest('hex'),
      size: blob.length,
    },
    kek: { kid: kek.kid.text, thumbprint: kek.thumbprint },
    target: {
      type: target.type,
      crv: target.crv,
      bits: target.bits,
      publicKey: publicKey.publicKey,
      publicKeySource: publicKey.source,
      kcv,
      label: printable(target.label),
      id: target.id,
      attributes: target.attributes,
    },
    wrapping: {
      mechanism: 'composite',
      inner: mechanismNumber(wrapping.inner.type),
      outer: mechanismNumber(wrapping.outer.type),
      flavour: 'unknown',
      aesBits: EPHEMERAL_AES_BITS,
      ephemeral: true,
      probed: false,
      rehearsed: false,
    },
    hsm: {
      manufacturer: printable(open.token.manufacturer),
      model: printable(open.token.model),
      serial: printable(open.token.serial),
      firmware: printable(open.token.firmware),
      module: basename(open.module.path),
      moduleSha256: await sha256OfFile(open.module.path),
    },
    notChecked: [...new Set(notChecked)],
    createdAt: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    tool: { ...TOOL },
  };
}

function mechanismNumber(type: number): string {
  return `0x${type.toString(16).padStart(8, '0')}`;
}

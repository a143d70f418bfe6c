import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type Manifest, type NotChecked, printable } from '@keyferry/blob';
import type { Token } from '@keyferry/pkcs11';
import type { Mode } from '../mode.js';
import type { TargetPublicKey } from '../target/public-key.js';
import type { Target } from '../target/target.js';
import { TOOL } from '../tool.js';
import type { Chosen } from './choose.js';
import { EPHEMERAL_AES_BITS } from './ladder.js';
import type { Run } from './run.js';
import type { TransferRequest } from './transfer.js';

/** "BYOK tool name and version; source HSM name and firmware version", as the format asks. */
export function generatorOf(source: Pick<Token, 'manufacturer' | 'model' | 'firmware'>, mode: Mode): string {
  const name = `${source.manufacturer} ${source.model} ${source.firmware}`;
  return `${TOOL.name} ${TOOL.version}; ${printable(name)}${mode === 'practice' ? '; PRACTICE' : ''}`;
}

/** All that is known after the wrap. */
export interface Transfer {
  readonly run: Pick<Run, 'mode' | 'hsm'>;
  readonly request: Pick<TransferRequest, 'kek' | 'blobFile'>;
  readonly target: Omit<Target, 'object'> & { readonly bits: number };
  readonly publicKey: TargetPublicKey;
  readonly kcv: string | null;
  readonly chosen: Chosen;
  readonly ephemeral: boolean;
  readonly rehearsed: boolean;
  readonly blob: Buffer;
}

/** The manifest that goes home beside the blob. */
export function describeTransfer(transfer: Transfer): Manifest {
  const { run, target, publicKey, kcv, chosen, rehearsed, blob } = transfer;
  const { kek, blobFile } = transfer.request;
  const { wrapping } = chosen;
  const notChecked: NotChecked[] = [...kek.notChecked, ...publicKey.notChecked];
  if (chosen.flavour === 'unknown') notChecked.push('kwp-flavour');
  if (!rehearsed) notChecked.push('target-rehearsal');
  if (target.type === 'oct' && kcv === null) notChecked.push('kcv');
  return {
    schema: 'keyferry/manifest/1',
    mode: run.mode,
    blob: {
      file: basename(blobFile),
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
      mechanism: wrapping.mechanism,
      inner: wrapping.mechanism === 'composite' ? mechanismNumber(wrapping.inner.type) : null,
      outer: mechanismNumber(wrapping.outer.type),
      flavour: chosen.flavour,
      aesBits: EPHEMERAL_AES_BITS,
      ephemeral: transfer.ephemeral,
      probed: chosen.probed,
      rehearsed,
    },
    hsm: run.hsm,
    notChecked: [...new Set(notChecked)],
    createdAt: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    tool: { ...TOOL },
  };
}

function mechanismNumber(type: number): string {
  return `0x${type.toString(16).padStart(8, '0')}`;
}

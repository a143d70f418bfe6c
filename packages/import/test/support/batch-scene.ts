import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ecPublicJwk, type PublicJwk, publicJwkOf, type RsaPublicJwk, readKek, writeManifest } from '@keyferry/blob';
import { type StartedVault, startVault } from 'keyferry-vault';
import { makeEcPair } from '../../../../conformance/src/fresh-pair.js';
import { type Owner, privateFolder } from '../../../../test/support/folder.js';
import { Client } from '../../../vault/test/support/client.js';
import { type Ended, runImporter } from './importer.js';
import { makeTransfer } from './transfer.js';

/** The KEK of a vault, for blobs. */
export interface SceneKek {
  readonly kid: string;
  readonly name: string;
  readonly key: RsaPublicJwk;
}

/** A version as the vault itself shows it, without any code of ours in between. */
export interface SeenVersion {
  readonly version: string;
  readonly enabled: boolean;
  readonly publicKey: PublicJwk;
}

/** A vault of the emulator, of its own, with KEKs as a batch needs them. */
export interface BatchScene {
  readonly service: StartedVault;
  readonly url: string;
  kek(name: string): Promise<SceneKek>;
  importer(...args: string[]): Promise<Ended>;
  /** The versions of an EC key, oldest first; none for a name that does not exist. */
  versions(name: string): Promise<SeenVersion[]>;
}

/** Starts an emulator for a test or a file of tests; `stop` must be called. */
export async function startScene(
  t: Owner,
  url: string,
  options: { throttle?: boolean } = {},
): Promise<BatchScene & { stop(): Promise<void> }> {
  const service = await startVault({ data: join(privateFolder(t), 'vault'), ...options });
  const importer = (...args: string[]) => runImporter(args, service.env);
  const client = new Client(service.proxyUrl, readFileSync(service.caFile, 'utf8'));
  return {
    service,
    url,
    importer,
    async versions(name) {
      const { status, body } = await client.call('GET', `${url}/keys/${name}/versions`);
      if (status === 404) return [];
      const kids: string[] = body.value.map(({ kid }: { kid: string }) => kid);
      return await Promise.all(
        kids.map(async (kid) => {
          const { key, attributes } = (await client.call('GET', kid)).body;
          const [x, y] = [key.x, key.y].map((text: string) => Buffer.from(text, 'base64url')) as [Buffer, Buffer];
          const publicKey = ecPublicJwk(key.crv, x, y);
          return { version: kid.slice(kid.lastIndexOf('/') + 1), enabled: attributes.enabled, publicKey };
        }),
      );
    },
    async kek(name) {
      const out = privateFolder(t);
      const made = await importer('kek', 'create', '--vault-url', url, '--name', name, '--size', '2048', '--out', out);
      if (made.code !== 0) throw new Error(made.stderr);
      const { kid, key } = readKek(readFileSync(join(out, `${name}.kek.json`)));
      return { kid: kid.text, name, key };
    },
    stop: () => service.close(),
  };
}

/** Writes so many blobs PREFIX-N.byok of fresh P-256 keys, each with its manifest; returns the public keys by name. */
export function writeBlobs(folder: string, kek: SceneKek, count: number, prefix: string): Map<string, PublicJwk> {
  mkdirSync(folder, { recursive: true });
  const keys = new Map<string, PublicJwk>();
  for (let n = 0; n < count; n += 1) {
    const name = `${prefix}-${n}`;
    const { privateKey } = makeEcPair('P-256');
    const { blob, manifest } = makeTransfer(kek.kid, privateKey, kek.key);
    writeFileSync(join(folder, `${name}.byok`), blob);
    writeFileSync(join(folder, `${name}.manifest.json`), writeManifest(manifest));
    keys.set(name, publicJwkOf(privateKey));
  }
  return keys;
}

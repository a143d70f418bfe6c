import type { ImportKeyOptions, JsonWebKey, KeyAttestation, KeyClient, KeyVaultKey } from '@azure/keyvault-keys';
import type { VaultAddress } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { azureCrv, azureKty } from './azure-names.js';
import { readServiceKey } from './service-key.js';
import type { Attestation, ImportRequest, Vault } from './vault.js';

/** What can be asked of a vault, through the SDK's client for it. */
export function operationsOf(client: KeyClient, address: VaultAddress): Omit<Vault, 'address' | 'emulator'> {
  const asKey = async (name: string, asked: () => Promise<KeyVaultKey>) =>
    readServiceKey(await understood(asked), address, name);
  return {
    key: (name, version) => asKey(name, () => client.getKey(name, version === undefined ? {} : { version })),

    versions: (name) => understood(() => versionsOf(client, name)),

    createKek: (name, { bits, expiresOn, tags }) =>
      asKey(name, () =>
        client.createRsaKey(name, {
          hsm: true,
          keySize: bits,
          keyOps: ['import'],
          tags,
          ...(expiresOn === null ? {} : { expiresOn }),
        }),
      ),

    importKey: (name, request) => asKey(name, () => client.importKey(name, ...importWords(request))),

    names: () =>
      understood(async () => {
        const names: string[] = [];
        for await (const { name } of client.listPropertiesOfKeys()) names.push(name);
        return names;
      }),

    attestation: async (name, version) => {
      const { properties } = await understood(() => client.getKeyAttestation(name, { version }));
      return properties.attestation === undefined ? null : attestationOf(properties.attestation);
    },

    deleteKey: async (name) => void (await understood(() => client.beginDeleteKey(name))),

    setEnabled: (name, version, enabled) => asKey(name, () => client.updateKeyProperties(name, version, { enabled })),

    sign: async (name, version, algorithm, digest) => {
      const crypto = client.getCryptographyClient(name, { keyVersion: version });
      return Buffer.from((await understood(() => crypto.sign(algorithm, digest))).result);
    },

    encryptZeroBlock: async (name, version, bits) => {
      const crypto = client.getCryptographyClient(name, { keyVersion: version });
      const algorithm = `A${bits as 128 | 192 | 256}CBC` as const;
      const parameters = { algorithm, plaintext: new Uint8Array(16), iv: new Uint8Array(16) };
      return Buffer.from((await understood(() => crypto.encrypt(parameters))).result);
    },
  };
}

/** The key and its properties as the SDK wants them; always disabled. */
function importWords(request: ImportRequest): [JsonWebKey, ImportKeyOptions] {
  const { type, crv, keyOps, blob, notBefore, expiresOn, exportable, release, tags } = request;
  return [
    { kty: azureKty(type), ...(crv === null ? {} : { crv: azureCrv(crv) }), keyOps: [...keyOps], t: blob },
    {
      hardwareProtected: true,
      enabled: false,
      tags,
      ...(notBefore === null ? {} : { notBefore }),
      ...(expiresOn === null ? {} : { expiresOn }),
      ...(exportable ? { exportable } : {}),
      ...(release === null ? {} : { releasePolicy: { encodedPolicy: release.policy, immutable: release.immutable } }),
    },
  ];
}

function attestationOf(shown: KeyAttestation): Attestation {
  const text = (bytes: Uint8Array | undefined) => (bytes ? Buffer.from(bytes).toString('base64url') : null);
  return {
    certificatePemFile: text(shown.certificatePemFile),
    privateKeyAttestation: text(shown.privateKeyAttestation),
    publicKeyAttestation: text(shown.publicKeyAttestation),
    version: shown.version ?? null,
  };
}

async function versionsOf(client: KeyClient, name: string): Promise<string[]> {
  const versions: string[] = [];
  try {
    for await (const { version } of client.listPropertiesOfKeyVersions(name)) {
      versions.push(version ?? '');
    }
  } catch (error) {
    if (error instanceof KeyferryError && error.code === 'SERVICE_NOT_FOUND') {
      return [];
    }
    throw error;
  }
  return versions;
}

/** The guard has translated what it saw; what the SDK stumbles over beyond that is JSON that no vault would send. */
async function understood<T>(asked: () => Promise<T>): Promise<T> {
  try {
    return await asked();
  } catch (error) {
    if (error instanceof KeyferryError) {
      throw error;
    }
    throw new KeyferryError('SERVICE_NOT_JSON', {
      reason: `the SDK cannot read the answer: ${error instanceof Error ? error.message : String(error)}`,
      cause: error,
    });
  }
}

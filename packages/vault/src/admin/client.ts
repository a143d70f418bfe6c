import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { KeyferryError } from '@keyferry/errors';
import { readSecretFile } from '@keyferry/files';
import type { Endpoint } from '../data/endpoint.js';
import type { FaultSpec } from '../faults/fault.js';
import type { WaitingFault } from '../faults/faults.js';

/** The faults of a running emulator. */
export interface RemoteFaults {
  /** Gives the fault as it waits, with its id. Throws USAGE when it is none. */
  add(fault: FaultSpec): Promise<WaitingFault>;
  list(): Promise<readonly WaitingFault[]>;
  /** Takes one back, or all; one that is used up already is no error. */
  clear(id?: string): Promise<void>;
}

/** Speaks to the admin endpoint of a server; its token is read each time. Throws VAULT_NOT_RUNNING once it has ended. */
export function remoteFaults(endpoint: Pick<Endpoint, 'adminUrl' | 'adminTokenFile'>): RemoteFaults {
  const ask = async (method: string, path: string, body?: unknown) => {
    const { status, answer } = await exchange(endpoint, method, path, body).catch((cause: Error) => {
      const reason = `expected an emulator at ${endpoint.adminUrl}, found none: ${cause.message}`;
      throw new KeyferryError('VAULT_NOT_RUNNING', { reason, cause });
    });
    if (status < 300 || (method === 'DELETE' && status === 404)) return answer;
    const reason = `the admin endpoint answered ${status}: ${answer.error?.message}`;
    if (status !== 400) throw new KeyferryError('INTERNAL', { reason });
    throw new KeyferryError('USAGE', { reason, hint: 'docs/emulator.md has the kinds of faults and their members' });
  };
  return {
    add: (fault) => ask('POST', '/faults', fault),
    list: async () => (await ask('GET', '/faults')).faults,
    clear: async (id) => void (await ask('DELETE', id === undefined ? '/faults' : `/faults/${encodeURIComponent(id)}`)),
  };
}

async function exchange(
  { adminUrl, adminTokenFile }: Pick<Endpoint, 'adminUrl' | 'adminTokenFile'>,
  method: string,
  path: string,
  body: unknown,
) {
  const text = body === undefined ? '' : JSON.stringify(body);
  const asked = request(new URL(path, adminUrl), {
    method,
    agent: false,
    headers: {
      authorization: `Bearer ${await readSecretFile(adminTokenFile)}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    },
  });
  asked.end(text);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const answer = JSON.parse((await response.setEncoding('utf8').toArray()).join(''));
  return { status: response.statusCode ?? 0, answer };
}

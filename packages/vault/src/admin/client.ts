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

/** Speaks to the admin endpoint of a server; its token is read each time. */
export function remoteFaults(endpoint: Pick<Endpoint, 'adminUrl' | 'adminTokenFile'>): RemoteFaults {
  const ask = async (method: string, path: string, body?: unknown) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const asked = request(new URL(path, endpoint.adminUrl), {
      method,
      agent: false,
      headers: {
        authorization: `Bearer ${await readSecretFile(endpoint.adminTokenFile)}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      },
    });
    asked.end(text);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const answer = JSON.parse((await response.setEncoding('utf8').toArray()).join(''));
    const status = response.statusCode ?? 0;
    if (status < 300 || (method === 'DELETE' && status === 404)) return answer;
    const reason = `the admin endpoint answered ${status}: ${answer.error?.message}`;
    throw new KeyferryError(status === 400 ? 'USAGE' : 'INTERNAL', { reason });
  };
  return {
    add: (fault) => ask('POST', '/faults', fault),
    list: async () => (await ask('GET', '/faults')).faults,
    clear: async (id) => void (await ask('DELETE', id === undefined ? '/faults' : `/faults/${encodeURIComponent(id)}`)),
  };
}

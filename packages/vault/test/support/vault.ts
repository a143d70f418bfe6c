import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Owner, privateFolder } from '../../../../test/support/folder.js';
import { type RequestEvent, textOf } from '../../src/log/request-event.js';
import { type OpenVault, openVault, type VaultOptions } from '../../src/open-vault.js';
import { Client } from './client.js';

export interface TestVault {
  readonly vault: OpenVault;
  readonly client: Client;
  readonly data: string;
  /** What the log has of each request, and the same as text. */
  readonly events: RequestEvent[];
  readonly lines: string[];
  readonly notes: string[];
  readonly unforeseen: unknown[];
}

/** A vault in this process: there can be one at a time. The caller closes it. */
export async function openTestVault(t: Owner, options: Partial<VaultOptions> = {}): Promise<TestVault> {
  const data = options.data ?? join(privateFolder(t), 'vault');
  const events: RequestEvent[] = [];
  const lines: string[] = [];
  const notes: string[] = [];
  const unforeseen: unknown[] = [];
  const log = {
    request: (event: RequestEvent) => {
      events.push(event);
      lines.push(textOf(event));
    },
    note: (text: string) => notes.push(text),
    unforeseen: (error: unknown) => unforeseen.push(error),
  };
  const vault = await openVault({ log, ...options, data });
  const client = new Client(vault.endpoint.proxyUrl, readFileSync(vault.endpoint.caFile, 'utf8'));
  return { vault, client, data, events, lines, notes, unforeseen };
}

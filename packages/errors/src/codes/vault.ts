import type { CodeTable } from '../code-entry.js';

/** Running the emulator. What it answers to its clients is in the shape of the service, not here. */
export const vaultCodes = {
  DATA_FOLDER: {
    exit: 'failed',
    title: 'the data folder of the emulator cannot be used',
    why: 'It must be a folder of its own, private to its user.',
    mend: 'choose an empty folder, or one that keyferry-vault made',
  },
  DATA_IN_USE: {
    exit: 'failed',
    title: 'another emulator serves this data folder',
    why: 'Two servers on one token would corrupt it.',
    mend: 'stop the other one, or choose another folder',
  },
  DISK_FULL: {
    exit: 'failed',
    title: 'there is no room for another key in the data folder of the emulator',
    why: 'SoftHSM2 does not notice a full disk: a key that it cannot write would be lost at the next start.',
    mend: 'make room on the disk of the data folder; what was answered before is kept',
  },
  PORT_IN_USE: {
    exit: 'failed',
    title: 'the port is in use',
    why: 'Another program listens on it.',
    mend: 'choose another port, or leave the option out to have a free one chosen',
  },
  ADDRESS_NOT_HERE: {
    exit: 'failed',
    title: 'this machine does not have the address to listen on',
    why: 'A server can listen only on an address of its own machine.',
    mend: 'give an address that `ip address` shows, or leave --listen out for 127.0.0.1',
  },
  VAULT_NOT_RUNNING: {
    exit: 'failed',
    title: 'no emulator serves this data folder',
    why: 'There is nothing that the environment could point to.',
    mend: 'start it first: keyferry-vault serve --data DIR',
  },
} as const satisfies CodeTable;

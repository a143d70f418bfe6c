import { readFileSync } from 'node:fs';
import { loadModule } from '@keyferry/pkcs11';
import { provision } from './provision.js';

// Run by provisionToken, which gives the token, its PIN and the placements on stdin.
const {
  module: path,
  parameters,
  label,
  pin,
  placements,
} = JSON.parse(readFileSync(0, 'utf8'), (_name, value) => (value?.type === 'Buffer' ? Buffer.from(value.data) : value));
const module = loadModule(path, { parameters });
const session = module.findToken({ token: label }).openSession({ writable: true });
session.login(pin);
for (const { key, ...placement } of placements) provision(session, key, placement);
module.close();

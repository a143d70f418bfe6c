import type { Attestor } from '../attestation/attestor.js';
import type { Engine } from '../keys/engine.js';
import type { KeyRecord } from '../keys/record.js';
import type { Records } from '../keys/records.js';
import type { OnStep } from '../log/import-steps.js';
import type { KeysRequest } from '../message.js';
import type { Policies } from '../policies.js';
import { keyNotFound } from '../rules/missing-keys.js';
import { isVersion } from '../rules/names.js';
import { badParameter } from '../rules/refusal.js';

/** What the handlers work on. */
export interface Context {
  readonly records: Records;
  readonly engine: Engine;
  readonly attestor: Attestor;
  readonly policies: Policies;
  /** Answers as little as a real service does about why something failed. */
  readonly opaqueErrors?: boolean | undefined;
  /** Told how far the import of this request has come, for the log. */
  readonly onStep?: OnStep | undefined;
  /** The clock, in Unix seconds. */
  now(): number;
}

/** A request whose path has been understood. */
export interface KeyCall {
  readonly request: KeysRequest;
  readonly name: string;
  readonly version: string | undefined;
}

/** The version that the call names, else the newest one; 404 when there is none. */
export function findKey(call: KeyCall, { records }: Context): KeyRecord {
  const { host } = call.request.host;
  if (call.version !== undefined && !isVersion(call.version)) {
    throw badParameter(`Method ${call.request.method} does not allow operation '${call.version.slice(0, 128)}'`);
  }
  const record =
    call.version === undefined ? records.newest(host, call.name) : records.version(host, call.name, call.version);
  if (record === undefined) throw keyNotFound(call.version === undefined ? call.name : `${call.name}/${call.version}`);
  return record;
}

import type { LifetimeAction } from '../keys/record.js';
import { type Duration, readDuration, roughDays } from './duration.js';
import { badParameter } from './refusal.js';

/** The published least durations, in days. */
const LEAST_EXPIRY_DAYS = 28;
const LEAST_ROTATION_DAYS = 7;

/** What a key has until somebody gives it a policy, and what it gets where a policy names no notification. */
export const DEFAULT_NOTICE: LifetimeAction = { action: 'Notify', timeBeforeExpiry: 'P30D' };

export interface WantedPolicy {
  readonly lifetimeActions: readonly LifetimeAction[];
  readonly expiryTime: string | undefined;
}

/** 400 for a policy that the documents of the service rule out. A notification that is not named is the default one. */
export function checkRotationPolicy({ lifetimeActions, expiryTime }: WantedPolicy): readonly LifetimeAction[] {
  if (expiryTime !== undefined && roughDays(duration(expiryTime, 'expiryTime')) < LEAST_EXPIRY_DAYS) {
    throw badParameter(`Property "expiryTime" must be at least ${LEAST_EXPIRY_DAYS} days.`);
  }
  for (const action of lifetimeActions) checkAction(action, expiryTime);
  const names = lifetimeActions.map(({ action }) => action);
  if (new Set(names).size < names.length) throw badParameter('A rotation policy has each action once at most.');
  return names.includes('Notify') ? lifetimeActions : [...lifetimeActions, DEFAULT_NOTICE];
}

function checkAction({ action, timeAfterCreate, timeBeforeExpiry }: LifetimeAction, expiryTime?: string): void {
  if ((timeAfterCreate === undefined) === (timeBeforeExpiry === undefined)) {
    throw badParameter(`The trigger of ${action} must have one of "timeAfterCreate" and "timeBeforeExpiry".`);
  }
  if (timeAfterCreate !== undefined) {
    if (action === 'Notify') throw badParameter('The trigger of Notify must be "timeBeforeExpiry".');
    checkRotationTime(timeAfterCreate, 'timeAfterCreate');
  }
  if (timeBeforeExpiry !== undefined) {
    if (action === 'Notify') duration(timeBeforeExpiry, 'timeBeforeExpiry');
    else checkRotationTime(timeBeforeExpiry, 'timeBeforeExpiry');
    if (action === 'Rotate' && expiryTime === undefined) {
      throw badParameter('Rotation before the expiry needs the property "expiryTime".');
    }
  }
}

function checkRotationTime(text: string, name: string): void {
  if (roughDays(duration(text, name)) >= LEAST_ROTATION_DAYS) return;
  throw badParameter(`Property "${name}" of Rotate must be at least ${LEAST_ROTATION_DAYS} days.`);
}

function duration(text: string, name: string): Duration {
  const read = readDuration(text);
  if (read === null) throw badParameter(`Property "${name}" must be a duration of ISO 8601, such as P90D.`);
  return read;
}

/** The version of this package; a test compares it with package.json. */
export const VERSION = '0.1.0';

/** Stands on every reply, so that nobody takes the emulator for the service. */
export const EMULATOR_HEADER = { 'x-keyferry-emulator': `keyferry-vault/${VERSION}` } as const;

import { KeyferryError } from '@keyferry/errors';

export type Mode = 'production' | 'practice';

export interface ModeFacts {
  /** What the manifest says, or null without one. */
  readonly manifest: Mode | null;
  /** Whether keyferry-vault answered. */
  readonly emulator: boolean;
  /** Whether the operator allows a practice key in a real vault. */
  readonly practice: boolean;
}

/**
 * Practice and production never mix: the mode under which an import goes on.
 * @throws EMULATOR_REFUSED for a production manifest and an emulator; MODE_MISMATCH for a practice manifest and a real
 * vault without --practice, and for a production manifest with it.
 */
export function modeOf({ manifest, emulator, practice }: ModeFacts): Mode {
  if (manifest === 'production') {
    if (emulator) {
      throw new KeyferryError('EMULATOR_REFUSED', {
        reason: 'expected the real service for a production manifest, found keyferry-vault',
      });
    }
    if (practice) {
      throw new KeyferryError('MODE_MISMATCH', {
        reason: 'expected a practice manifest with --practice, found a production one',
        hint: 'leave out --practice',
      });
    }
    return 'production';
  }
  if (manifest === 'practice' && !emulator && !practice) {
    throw new KeyferryError('MODE_MISMATCH', {
      reason: 'expected an emulator for a practice manifest, found a real vault',
      hint: 'if the practice key shall really go there, add --practice',
    });
  }
  return manifest ?? (emulator || practice ? 'practice' : 'production');
}

/** What every output begins with when it is not the real thing; a line each. */
export function modeLines({ mode, emulator }: { mode: Mode | null; emulator: boolean }): string[] {
  return [
    ...(emulator ? ['EMULATOR    keyferry-vault answered, not the service of Azure'] : []),
    ...(mode === 'practice' ? ['PRACTICE    this key was made for practice: it has no secrecy'] : []),
  ];
}

import type { Results } from '../results.js';
import { counted, isAgainst, type SHOWN, tally } from './outcomes.js';

export interface Headline {
  readonly words: string;
  readonly symbol: string;
  readonly tone: (typeof SHOWN)['pass']['tone'];
  /** Whole sentences below the words. */
  readonly told: string;
}

/** The verdict in words that promise no more than was seen: of a part of the suite, or with exceptions, it says so at once. */
export function headlineOf({ verdict, cases, run }: Results): Headline {
  const against = cases.filter(isAgainst);
  const excused = cases.filter(({ outcome }) => outcome === 'xfail').length;
  const part = cases.length < run.suiteCases;
  const which = part
    ? `Of the ${counted(run.suiteCases, 'case')} of the suite ${cases.length} ran, and of these`
    : `Of ${counted(cases.length, 'case')}`;
  const standing = `${which} ${against.length === 0 ? 'none stands' : `${against.length} ${against.length === 1 ? 'stands' : 'stand'}`} against it`;
  const also = alsoOf(excused, cases.filter(({ outcome }) => outcome === 'warn').length);
  switch (verdict) {
    case 'does not conform':
      return {
        words: 'Does not conform',
        symbol: '\u2717',
        tone: 'bad',
        told: `${standing}: ${tally(against)}.${also}`,
      };
    case 'conforms':
      return part
        ? { words: 'Conforms in what was run', symbol: '\u25d4', tone: 'warn', told: `${standing}.${also}` }
        : {
            words: excused === 0 ? 'Conforms' : `Conforms, with ${counted(excused, 'exception')}`,
            symbol: '\u2713',
            tone: excused === 0 ? 'good' : 'odd',
            told: `${standing}.${also}`,
          };
    case 'nothing was judged':
      return {
        words: 'Nothing was judged',
        symbol: '\u25cb',
        tone: 'none',
        told: `${standing}, but none passed either. This says neither that the subject conforms nor that it does not.${also}`,
      };
    case 'incomplete':
      return {
        words: 'Incomplete',
        symbol: '\u25d4',
        tone: 'warn',
        told: `${run.interrupted ? 'The run was ended before its time.' : 'Something went wrong outside the cases.'} ${standing} so far; this is no verdict.${also}`,
      };
  }
}

function alsoOf(excused: number, warned: number): string {
  const sides = [
    ...(excused > 0 ? [`${counted(excused, 'failure')} that an exception excuses`] : []),
    ...(warned > 0 ? [counted(warned, 'warning')] : []),
  ];
  if (sides.length === 0) return '';
  return ` There ${(excused || warned) === 1 ? 'is' : 'are'} also ${sides.join(' and ')}.`;
}

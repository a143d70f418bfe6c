import { fails, judged, type Play, passes, stopsWhenTold } from './played-subject.js';

/** Says so on stderr, then waits for its signal. */
const waits: Play = (circumstances) => {
  process.stderr.write('under way\n');
  const open = setInterval(() => {}, 60_000);
  return Promise.resolve(stopsWhenTold(circumstances)).finally(() => clearInterval(open));
};

/** Heeds nothing, and keeps the process alive for ever. */
const hangs: Play = () => new Promise(() => setInterval(() => {}, 60_000));

const RIGHT = {
  'producer/wrap/one': passes,
  'producer/wrap/two': passes,
  'producer/refuse/one': () => judged('pass', 'warn'),
};
/** Subjects by name. */
export const PLAYS: Readonly<Record<string, Readonly<Record<string, Play>>>> = {
  right: RIGHT,
  wrong: { ...RIGHT, 'producer/refuse/two': fails, 'producer/refuse/three': fails },
  slow: { ...RIGHT, 'producer/wrap/three': waits },
  stuck: { ...RIGHT, 'producer/wrap/three': hangs },
};

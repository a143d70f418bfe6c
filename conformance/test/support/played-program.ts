// A program with one command, `judge`, over a played subject: what the commands of the suite have in common, as a process of its own.
import { setInterval } from 'node:timers';
import { defineCommand, runProgram } from '@keyferry/terminal';
import { runSuite, SUITE_OPTIONS, textOfResults } from '../../src/commands/suite-command.js';
import { resultsSchema } from '../../src/report/results.js';
import { fails, judged, type Play, passes, playedSubject, stopsWhenTold } from './played-subject.js';

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
const PLAYS: Readonly<Record<string, Readonly<Record<string, Play>>>> = {
  right: RIGHT,
  wrong: { ...RIGHT, 'producer/refuse/two': fails, 'producer/refuse/three': fails },
  slow: { ...RIGHT, 'producer/wrap/three': waits },
  stuck: { ...RIGHT, 'producer/wrap/three': hangs },
};

const judge = defineCommand({
  name: 'judge',
  summary: 'judge a played subject',
  positionals: { play: { type: 'string', demandOption: true } },
  options: { ...SUITE_OPTIONS, unclosable: { type: 'boolean', default: false } },
  examples: [],
  result: resultsSchema,
  text: textOfResults,
  run: ({ play, unclosable, ...args }, terminal, signal) => {
    const close = async () => {
      if (unclosable) throw new Error('a key is left in the token');
    };
    return runSuite(async () => playedSubject(PLAYS[play] ?? {}, { mostLanes: 1, close }), args, terminal, signal);
  },
});

await runProgram({ name: 'played', version: '1.0', summary: 'plays', commands: [judge] });

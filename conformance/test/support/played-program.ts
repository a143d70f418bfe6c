// A program with one command, `judge`, over a played subject: what the commands of the suite have in common, as a process of its own.
import { defineCommand, runProgram } from '@keyferry/terminal';
import { runSuite, SUITE_OPTIONS, textOfResults } from '../../src/commands/suite-command.js';
import { resultsSchema } from '../../src/report/results.js';
import { playedSubject } from './played-subject.js';
import { PLAYS } from './plays.js';

const judge = defineCommand({
  name: 'judge',
  summary: 'judge a played subject',
  positionals: { play: { type: 'string', demandOption: true } },
  options: SUITE_OPTIONS,
  examples: [],
  result: resultsSchema,
  text: textOfResults,
  run: ({ play, ...args }, terminal, signal) =>
    runSuite(async () => playedSubject(PLAYS[play] ?? {}, { mostLanes: 1 }), args, terminal, signal),
});

await runProgram({ name: 'played', version: '1.0', summary: 'plays', commands: [judge] });

import type { CodeTable } from '../code-entry.js';

/** Many keys in one run: the plan, and what an earlier run has left. */
export const batchCodes = {
  PLAN_INVALID: {
    exit: 'verification',
    title: 'this is not a plan of keys to wrap',
    why: 'A plan is JSON (keyferry/plan/1) or CSV with the columns key, kek, kid and out. What is not understood in it is not guessed at.',
    mend: 'correct the named place; docs/formats.md describes plans',
  },
  PLAN_REFUSED: {
    exit: 'policy',
    title: 'the plan cannot be carried out as it stands, so nothing was wrapped',
    why: 'A plan is checked whole before the first key moves: every KEK, every key, every output.',
    mend: 'correct what the cause names, and run the command again; --json lists everything',
  },
  PLAN_DUPLICATE: {
    exit: 'policy',
    title: 'two entries of the plan collide',
    why: 'They have the same output, or names that are one file on a stick, or they are the same key under the same KEK.',
    mend: 'remove one of them from the plan',
  },
  FINISHED_KEY_CHANGED: {
    exit: 'verification',
    title: 'what an earlier run has finished is not as it was left',
    why: 'The journal says that the key was wrapped, but its blob or its manifest has gone or differs.',
    mend: 'find out who changed it; --again wraps all keys of the plan once more and replaces what the journal names',
  },
} as const satisfies CodeTable;

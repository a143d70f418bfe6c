import type { CodeTable } from '../code-entry.js';

/** Many keys in one run: the plan, and what an earlier run has left. */
export const batchCodes = {
  PLAN_INVALID: {
    exit: 'verification',
    title: 'this is not a plan of a batch',
    why: 'A plan is JSON or CSV: to wrap, keyferry/plan/1 or the columns key, kek, kid and out; to import, keyferry/import-plan/1 or the column blob and others. What is not understood in it is not guessed at.',
    mend: 'correct the named place; docs/formats.md describes plans',
  },
  PLAN_REFUSED: {
    exit: 'policy',
    title: 'the batch cannot be carried out as it stands, so nothing was wrapped or sent',
    why: 'A batch is checked whole before the first key moves: every KEK, every key, every output.',
    mend: 'correct what the cause names, and run the command again; --json lists everything',
  },
  PLAN_DUPLICATE: {
    exit: 'policy',
    title: 'two keys of the batch collide',
    why: 'They have the same output, or names that are one file on a stick or one name in the vault, or they are the same key under the same KEK.',
    mend: 'remove one of them, or give it another name',
  },
  FINISHED_KEY_CHANGED: {
    exit: 'verification',
    title: 'what an earlier run has finished is not as it was left',
    why: 'The journal says that the key was wrapped or imported, but its blob, its manifest or its receipt has gone or differs.',
    mend: 'find out who changed it; --again does all keys of the batch once more and replaces what the journal names',
  },
} as const satisfies CodeTable;

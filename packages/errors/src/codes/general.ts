import type { CodeTable } from '../code-entry.js';

/** Usage, the operator's own decisions, and what nobody foresaw. */
export const generalCodes = {
  USAGE: {
    exit: 'usage',
    title: 'the command line is not understood',
    why: 'An unknown command or option, a missing value, or two options that contradict each other.',
    mend: 'see the help of the command: add --help to it',
  },
  UNKNOWN_ERROR_CODE: {
    exit: 'usage',
    title: 'there is no such error code',
    why: 'The list of error codes is closed; docs/errors.md has them all.',
    mend: 'run explain without a code to list them all',
  },
  SECRET_IN_ARGV: {
    exit: 'usage',
    title: 'a secret stands on the command line',
    why: 'Command lines are visible to every user of the machine, and stay in shell histories and audit logs.',
    mend: 'give the PIN by prompt, --pin-file, --pin-env or pin-source=file:',
  },
  NOT_A_TERMINAL: {
    exit: 'usage',
    title: 'an answer is needed, but nobody can be asked',
    why: 'The program asks on a terminal only. In a pipe or in CI nobody would see the question.',
    mend: 'give the answer as an option; see the help of the command',
  },
  CANCELLED: {
    exit: 'cancelled',
    title: 'cancelled by the operator',
    why: 'The operator declined to go on. Nothing was written and nothing was left behind.',
    mend: 'run the command again when ready',
  },
  INTERRUPTED: {
    exit: 'interrupted',
    title: 'interrupted',
    why: 'A signal (Ctrl-C, SIGTERM or SIGHUP) ended the program.',
    mend: 'run the command again',
  },
  INTERNAL: {
    exit: 'failed',
    title: 'something happened that this program did not foresee',
    why: 'This is a defect of the program. The stack that it prints shows where.',
    mend: 'report it with the stack; it carries no PIN and no key',
  },
} as const satisfies CodeTable;

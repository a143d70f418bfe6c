import type { CodeTable } from '../code-entry.js';

/** Reading what came across the gap, and writing what shall cross it. */
export const fileCodes = {
  FILE_NOT_FOUND: {
    exit: 'failed',
    title: 'there is no such file',
    why: 'The path names nothing.',
    mend: 'check the path, and that the stick is mounted',
  },
  FILE_NOT_REGULAR: {
    exit: 'failed',
    title: 'not a regular file',
    why: 'Folders, links, pipes and devices are not read: a stick that came across the gap may hold a trap.',
    mend: 'give the path of the file itself',
  },
  FILE_TOO_LARGE: {
    exit: 'failed',
    title: 'the file is too large',
    why: 'No file of this kind is that large. The size is checked before anything is read.',
    mend: 'check that this is the right file',
  },
  FILE_UNREADABLE: {
    exit: 'failed',
    title: 'the file cannot be read',
    why: 'The system refused to open or read it.',
    mend: 'check its permissions and the medium',
  },
  FILE_NOT_UTF8: {
    exit: 'failed',
    title: 'the text is not valid UTF-8',
    why: 'Every text that crosses the gap is UTF-8 without a byte order mark.',
    mend: 'export the file again; do not open and save it with an editor',
  },
  SECRET_FILE_EXPOSED: {
    exit: 'usage',
    title: 'others can read the file that holds a secret',
    why: 'A PIN that others can read is no PIN.',
    mend: 'chmod 600 the file, and change the PIN if others have used the machine',
  },
  OUTPUT_EXISTS: {
    exit: 'failed',
    title: 'the output file exists already',
    why: 'Nothing is overwritten by accident.',
    mend: 'choose another name, or add --force to replace it',
  },
  OUTPUT_FOLDER_MISSING: {
    exit: 'failed',
    title: 'the folder for the output does not exist',
    why: 'Folders are not made by themselves: a missing one is usually a stick that is not mounted.',
    mend: 'make the folder, or mount the medium',
  },
  OUTPUT_NOT_WRITABLE: {
    exit: 'failed',
    title: 'the output cannot be written',
    why: 'The folder is read-only, the medium is full or it has gone. No part of the file was left behind.',
    mend: 'check permissions, free space and the medium',
  },
  JOURNAL_DAMAGED: {
    exit: 'failed',
    title: 'the journal is damaged',
    why: 'A line other than the last one cannot be read, so what was done before is not certain.',
    mend: 'look at the named line; keep the file as evidence',
  },
  JOURNAL_IN_USE: {
    exit: 'failed',
    title: 'another process works on the same journal',
    why: 'Two runs on one journal could do the same thing twice.',
    mend: 'wait for the other process to end',
  },
} as const satisfies CodeTable;

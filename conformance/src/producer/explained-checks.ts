import type { Binding } from '../case/case.js';
import type { ProducerCheckId } from './checks.js';

export interface ExplainedCheck {
  readonly title: string;
  readonly level: Binding;
  /** Whole sentences. */
  readonly why: string;
  /** What whoever makes the tool does about it. */
  readonly mend: string;
}

/** Why a check of a producer matters, and what to do when it fails. */
export const EXPLAINED_PRODUCER_CHECKS: Readonly<Record<ProducerCheckId, ExplainedCheck>> = {
  'producer/made': {
    title: 'the tool makes a blob when it is asked for one that it can make',
    level: 'must',
    why: 'A tool that says it can wrap such a key and then does not leaves an operator in the ceremony without a blob.',
    mend: 'let it wrap, or leave this kind of key or size of KEK out of what the adapter says the tool can do',
  },
  'producer/product': {
    title: 'the blob stands where the tool was told to write it',
    level: 'must',
    why: 'Whoever carries the file looks for it under this name, and a service refuses an empty or an immense one.',
    mend: 'write one regular file, no link and no folder, under the name that --out gives',
  },
  'producer/fresh-aes-key': {
    title: 'each blob has an AES key of its own',
    level: 'must',
    why: 'Two blobs under one AES key fall together: whoever opens one of them has the key of the other.',
    mend: 'generate a new AES-256 key in the HSM for each target, and destroy it after the wrap',
  },
  'producer/fresh-oaep-seed': {
    title: 'each blob has an OAEP seed of its own',
    level: 'must',
    why: 'RSA-OAEP is safe only with a random seed. With a seed that comes again, equal keys give equal ciphertexts.',
    mend: 'take the seed from the random number generator of the HSM; a fixed one is often left over from a test',
  },
  'producer/file-mode': {
    title: 'the blob is for its owner alone',
    level: 'should',
    why: 'A blob is of no use without its KEK, but whoever can write to the file can put the blob of another key in its place.',
    mend: 'create the file with mode 0600',
  },
  'producer/extra-files': {
    title: 'the tool writes the blob and its manifest, and nothing else',
    level: 'must',
    why: 'A file that nobody asked for travels on the stick as well, and may hold what must not leave the room.',
    mend: 'write what is temporary into a private folder elsewhere, and remove it',
  },
  'producer/left-in-folder': {
    title: 'nothing is left in the working folder',
    level: 'should',
    why: 'What is left there after a ceremony is found by the next who uses the machine.',
    mend: 'remove temporary files on every path, after an error too',
  },
  'producer/token-objects': {
    title: 'the token has as many objects after the wrap as before',
    level: 'must',
    why: 'An AES key that stays in the token opens the blob for whoever may use it there. Public keys that stay fill the HSM.',
    mend: 'make KEK and AES key as session objects (CKA_TOKEN false), and destroy them on every path',
  },
  'producer/no-key-in-output': {
    title: 'no byte of a key is in the output of the tool or in its files',
    level: 'must',
    why: 'Screens are photographed and logs are kept. A key that was shown once is not in the HSM alone any more.',
    mend: 'find what prints or writes the bytes (often a debug line) and take it out; then make a new target key',
  },
  'producer/refusal': {
    title: 'the tool refuses what must not be wrapped',
    level: 'must',
    why: 'What is refused only by the service is found out on the other side of the air gap, when the ceremony is over; some of it is found out by nobody.',
    mend: 'look at this property before the key moves, and end with an error; the case says which property it is',
  },
  'producer/refusal-reason': {
    title: 'the tool says why it refuses',
    level: 'must',
    why: 'An operator with one try needs to know what to change.',
    mend: 'write to stderr what was expected and what was found',
  },
  'producer/no-file-left': {
    title: 'no file is there after a refusal',
    level: 'must',
    why: 'A half blob, or a whole one that was refused afterwards, is taken for a good one.',
    mend: 'write under a temporary name, give the file its own name last, and remove it after an error',
  },
  'producer/existing-file': {
    title: 'a file that was there is not touched',
    level: 'must',
    why: 'It may be the only blob of another key.',
    mend: 'open the file so that it must be new (O_CREAT with O_EXCL), or link a temporary file to the name',
  },
};

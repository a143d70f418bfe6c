import type { Group, Vectors } from './format.js';
import type { Disagreement } from './judge-test.js';

/** Some tests of one group: what one worker takes at a time. */
export interface Piece {
  /** Place of the file in the list. */
  readonly file: number;
  readonly group: Group;
  readonly from: number;
  readonly to: number;
}

/** What became of a piece. */
export interface Judged {
  readonly piece: number;
  readonly disagreements: (readonly Disagreement[])[];
}

/** Milliseconds that a test takes, roughly: node-forge's private operation outweighs all else. */
const COSTS: Readonly<Record<number, number>> = { 2048: 50, 3072: 140, 4096: 400 };
const PIECE = 2000;

/** Cuts the files into pieces that take about as long, the longest first: then no worker ends long after the others. */
export function piecesOf(files: readonly Vectors[]): Piece[] {
  const pieces = files.flatMap(({ testGroups }, file) =>
    (testGroups as readonly Group[]).flatMap((group) => {
      const size = Math.max(1, Math.floor(PIECE / costOf(group)));
      const starts = Array.from({ length: Math.ceil(group.tests.length / size) }, (_, index) => index * size);
      return starts.map((from) => ({ file, group, from, to: Math.min(from + size, group.tests.length) }));
    }),
  );
  const cost = ({ group, from, to }: Piece) => costOf(group) * (to - from);
  return pieces.sort((a, b) => cost(b) - cost(a));
}

function costOf(group: Group): number {
  const opens = group.type === 'RsaesOaepDecrypt' || group.type === 'KeyTransferBlobOpen';
  return (opens ? COSTS[group.keySize] : undefined) ?? 4;
}

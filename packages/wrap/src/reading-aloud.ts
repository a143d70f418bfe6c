/** How digests, words and times stand on a screen that two people read to each other. */

/** Columns of the names at the left of a screen. */
const MARGIN = 12;

/** A fact, of one or several lines, beside its name. */
export function fact(name: string, ...lines: readonly string[]): string[] {
  return lines.map((line, index) => `${(index === 0 ? name : '').padEnd(MARGIN)}${line}`);
}

/** The hex digits of a digest in groups of 4, 8 groups a line. */
export function hexGroups(hex: string): string[] {
  return linesOf(hex.match(/.{1,4}/g) ?? [], 8).map((groups) => groups.join(' '));
}

/** Words in numbered eights, on two lines each, so that readers find their place again. */
export function numberedWords(words: readonly string[]): string[] {
  const width = Math.max(...words.map((word) => word.length));
  return linesOf(words, 4).map((line, index) => {
    const number = index % 2 === 0 ? `${index / 2 + 1}` : ' ';
    return `${number}  ${line.map((word) => word.padEnd(width)).join('  ')}`.trimEnd();
  });
}

/** `2026-11-23 22:00:00 UTC` */
export function utc(time: Date): string {
  return time
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
}

/** How far a time is from now: `in 58 days`, `2 hours ago`. Whole units only, so that it never promises too much. */
export function fromNow(time: Date, now: Date): string {
  const seconds = Math.floor(Math.abs(time.getTime() - now.getTime()) / 1000);
  const distance = inWords(seconds);
  return time.getTime() >= now.getTime() ? `in ${distance}` : `${distance} ago`;
}

const UNITS: readonly (readonly [name: string, seconds: number])[] = [
  ['year', 365.25 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** In the largest unit of which there are at least two. */
function inWords(seconds: number): string {
  const unit = UNITS.find(([, length]) => seconds >= 2 * length);
  return unit === undefined ? 'less than 2 minutes' : `${Math.floor(seconds / unit[1])} ${unit[0]}s`;
}

function linesOf<T>(items: readonly T[], each: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / each) }, (_, i) => items.slice(i * each, (i + 1) * each));
}

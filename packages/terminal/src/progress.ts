import type { Screen } from './output.js';
import { printable } from './printable.js';

/** How far a long work is. */
export interface Progress {
  /** So many are done, of the total. */
  step(done: number): void;
  /** Clears the line; nothing is shown any more. */
  end(): void;
}

/** Milliseconds before anything is shown. */
const PATIENCE = 1000;
/** Milliseconds between two redraws. */
const PAUSE = 100;
/** Milliseconds after which what was has lost two thirds of its weight in the rate. */
const MEMORY = 10_000;

export const NO_PROGRESS: Progress = { step() {}, end() {} };

/** Shows how far `work` is while it lasts: it calls `step` with how many are done. */
export async function withProgress<T>(
  terminal: { progress(what: string, total: number): Progress },
  what: string,
  total: number,
  work: (step: (done: number) => void) => Promise<T>,
): Promise<T> {
  const progress = terminal.progress(what, total);
  try {
    return await work((done) => progress.step(done));
  } finally {
    progress.end();
  }
}

/**
 * A line such as `wrapping  420/1000  87/s  7 s left`, drawn only when a step is reported more than a second after the
 * begin, at most ten times a second. There is no timer: between two steps the line stands still. `now` is a steady clock
 * in milliseconds.
 */
export function progressOn(screen: Screen, what: string, total: number, now: () => number): Progress {
  const began = now();
  const rate = smoothedRate(began);
  let drawnAt = Number.NEGATIVE_INFINITY;
  let ended = false;
  return {
    step(done) {
      if (ended) return;
      const time = now();
      rate.add(done, time);
      if (time - began <= PATIENCE || (screen.isDrawn() && time - drawnAt < PAUSE)) return;
      const room = screen.columns();
      if (room <= 0) return;
      drawnAt = time;
      screen.draw(line(printable(what), done, total, rate.perSecond(), room));
    },
    end() {
      ended = true;
      screen.clear();
    },
  };
}

/** What was done and the time it took, both slowly forgotten; their quotient is the rate. */
function smoothedRate(began: number) {
  let last = { done: 0, time: began };
  let done = 0;
  let seconds = 0;
  return {
    add(total: number, time: number): void {
      const kept = Math.exp((last.time - time) / MEMORY);
      done = done * kept + total - last.done;
      seconds = seconds * kept + (time - last.time) / 1000;
      last = { done: total, time };
    },
    /** 0 as long as nothing is known. */
    perSecond: () => (seconds > 0 ? Math.max(0, done / seconds) : 0),
  };
}

function line(what: string, done: number, total: number, perSecond: number, room: number): string {
  const facts = [
    `${done}/${total}`,
    ...(perSecond > 0 ? [rateInWords(perSecond), timeLeft(done, total, perSecond)] : []),
  ];
  const tail = facts.join('  ');
  return cut(`${cut(what, Math.max(0, room - tail.length - 2))}  ${tail}`.trimStart(), room);
}

function rateInWords(perSecond: number): string {
  if (perSecond >= 1) return `${threeDigits(perSecond)}/s`;
  return perSecond * 60 >= 1 ? `${threeDigits(perSecond * 60)}/min` : `${threeDigits(perSecond * 3600)}/h`;
}

function threeDigits(rate: number): string {
  return rate >= 10 ? String(Math.round(rate)) : rate.toFixed(1);
}

function timeLeft(done: number, total: number, perSecond: number): string {
  const seconds = Math.ceil(Math.max(0, total - done) / perSecond);
  if (seconds < 60) return `${seconds} s left`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s left`;
  const hours = Math.floor(seconds / 3600);
  return hours < 100
    ? `${hours} h ${two(Math.floor((seconds % 3600) / 60))} min left`
    : `${Math.round(hours / 24)} days left`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** Cuts to so many columns. A character from Hangul Jamo upwards may take two: it is taken to do so. */
function cut(text: string, columns: number): string {
  let used = 0;
  let kept = '';
  for (const character of text) {
    used += (character.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1;
    if (used > columns) break;
    kept += character;
  }
  return kept;
}

/** A duration of ISO 8601, as rotation policies have it, for example P90D, P3M, P1Y10D, PT48H. */
export interface Duration {
  readonly months: number;
  readonly days: number;
  readonly seconds: number;
}

const DURATION = /^P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?$/;

export const DAY = 24 * 60 * 60;

/** Null for what is no duration, or none with a unit in it. */
export function readDuration(text: string): Duration | null {
  const match = DURATION.exec(text);
  if (match === null || text.endsWith('P') || text.endsWith('T')) return null;
  const [years = 0, months = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((n) => Number(n ?? 0));
  return { months: years * 12 + months, days, seconds: hours * 3600 + minutes * 60 + seconds };
}

/** Days, with months of 30 and years of 365 of them: to compare with a least duration. */
export function roughDays({ months, days, seconds }: Duration): number {
  return Math.floor(months / 12) * 365 + (months % 12) * 30 + days + seconds / DAY;
}

/** By the calendar, in Unix seconds; the 31st of a month becomes the last day of a shorter one. */
export function addDuration(start: number, { months, days, seconds }: Duration): number {
  const date = new Date(start * 1000);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return Math.floor(date.getTime() / 1000) + days * DAY + seconds;
}

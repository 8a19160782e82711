// Windows of the calendar in a time zone: the minute, hour, day, ISO week or month that an instant is in, with its name. A new window is a
// new name, so nothing has to be reset, and days of 23 or 25 hours are just that long. The last window of each kind is kept: in front of
// its end nothing is computed.
import type { Period } from "./limit.ts";

export interface CalendarWindow {
  readonly key: string; // `2026-11-29`, `2026-W48`, `2026-11`, `2026-11-29T17+01:00`, `2026-11-29T16:05Z`
  readonly startMs: number; // since the epoch
  readonly endMs: number; // the first instant behind it
}

export type WindowAt = (per: Period, atMs: number) => CalendarWindow;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds that local time is ahead of UTC at an instant. */
type OffsetAt = (atMs: number) => number;

/** Throws a RangeError where the time zone is not known. */
export function windowsIn(timeZone: string): WindowAt {
  const offsetAt = offsetsOf(timeZone);
  const last = new Map<Period, CalendarWindow>();
  return (per, atMs) => {
    const kept = last.get(per);
    if (kept !== undefined && atMs >= kept.startMs && atMs < kept.endMs) return kept;
    const window = windowAt(offsetAt, per, atMs);
    last.set(per, window);
    return window;
  };
}

function windowAt(offsetAt: OffsetAt, per: Period, atMs: number): CalendarWindow {
  switch (per) {
    case "minute":
      return minuteAt(atMs);
    case "hour":
      return hourAt(offsetAt, atMs);
    case "day": {
      const day = localDay(offsetAt, atMs);
      return days(offsetAt, dateText(day), day, day + DAY);
    }
    case "week": {
      const monday = mondayOf(localDay(offsetAt, atMs));
      return days(offsetAt, weekText(monday), monday, monday + 7 * DAY);
    }
    case "month": {
      const local = new Date(localDay(offsetAt, atMs));
      const first = (months: number) => Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + months, 1);
      return days(offsetAt, dateText(first(0)).slice(0, 7), first(0), first(1));
    }
    default:
      return per satisfies never;
  }
}

/** The same in all zones: they are whole minutes apart. */
function minuteAt(atMs: number): CalendarWindow {
  const startMs = Math.floor(atMs / MINUTE) * MINUTE;
  return { key: `${new Date(startMs).toISOString().slice(0, 16)}Z`, startMs, endMs: startMs + MINUTE };
}

/** An hour of the clock. One that clocks go through twice is two windows, told apart by the offset; one that they cut short is shorter. */
function hourAt(offsetAt: OffsetAt, atMs: number): CalendarWindow {
  const offset = offsetAt(atMs);
  const local = Math.floor((atMs + offset) / HOUR) * HOUR;
  const [begins, ends] = [local - offset, local - offset + HOUR];
  const startMs = offsetAt(begins) === offset ? begins : changeBetween(offsetAt, begins, atMs);
  const endMs = offsetAt(ends - 1) === offset ? ends : changeBetween(offsetAt, atMs, ends - 1);
  return { key: `${new Date(local).toISOString().slice(0, 13)}${offsetText(offset)}`, startMs, endMs };
}

/** `first` and `next`: local days, as midnight of that date in UTC. */
function days(offsetAt: OffsetAt, key: string, first: number, next: number): CalendarWindow {
  return { key, startMs: startOfDay(offsetAt, first), endMs: startOfDay(offsetAt, next) };
}

/** The date that calendars show at an instant, as midnight of that date in UTC. */
function localDay(offsetAt: OffsetAt, atMs: number): number {
  return Math.floor((atMs + offsetAt(atMs)) / DAY) * DAY;
}

/** The first instant of a date: the first midnight where there are two, the end of the gap where there is none. */
function startOfDay(offsetAt: OffsetAt, midnight: number): number {
  const [before, after] = [offsetAt(midnight - DAY), offsetAt(midnight + DAY)];
  const [early, late] = [midnight - Math.max(before, after), midnight - Math.min(before, after)];
  if (early + offsetAt(early) === midnight) return early;
  if (late + offsetAt(late) === midnight) return late;
  return changeBetween(offsetAt, early, late);
}

/** The first instant of another offset than at `from`; there is one change in between. */
function changeBetween(offsetAt: OffsetAt, from: number, to: number): number {
  const offset = offsetAt(from);
  let [same, other] = [from, to];
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (offsetAt(middle) === offset) same = middle;
    else other = middle;
  }
  return other;
}

function mondayOf(day: number): number {
  return day - ((new Date(day).getUTCDay() + 6) % 7) * DAY;
}

/** ISO 8601: a week belongs to the year of its Thursday. */
function weekText(monday: number): string {
  const thursday = new Date(monday + 3 * DAY);
  const week = Math.floor((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / (7 * DAY)) + 1;
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, "0")}`;
}

function dateText(day: number): string {
  return new Date(day).toISOString().slice(0, 10);
}

function offsetText(offset: number): string {
  const minutes = Math.abs(offset) / MINUTE;
  const two = (value: number) => String(value).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function offsetsOf(timeZone: string): OffsetAt {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (atMs) => {
    const parts = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1000) * 1000;
  };
}

// Windows of the calendar, held against what Intl shows of the instants at and around their borders.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { windowsIn } from "../../../../src/request/guard/limits/calendar.ts";
import { PERIODS, type Period } from "../../../../src/request/guard/limits/limit.ts";

const HOUR = 3_600_000;
const ZONES = [
  "UTC",
  "Europe/Berlin",
  "Asia/Kolkata", // half an hour
  "America/New_York",
  "America/Sao_Paulo",
  "America/Havana", // clocks change at midnight
  "Asia/Beirut", // the day of the change begins at one o'clock
  "Africa/Cairo",
  "Australia/Lord_Howe", // half an hour of daylight saving
  "Pacific/Auckland",
  "Asia/Kathmandu",
];

/** What the wall shows, by a calendar that is not ours. */
function wall(timeZone: string) {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    weekday: "short",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "longOffset",
  });
  return (atMs: number) => {
    const part = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
    const date = `${part["year"]}-${part["month"]}-${part["day"]}`;
    return { date, weekday: part["weekday"], hour: `${date}T${part["hour"]} ${part["timeZoneName"]}`, minute: part["minute"] };
  };
}

/** What two instants share exactly where they are in one window. */
function label(per: Period, shown: ReturnType<ReturnType<typeof wall>>): string {
  switch (per) {
    case "minute":
      return `${shown.hour}:${shown.minute}`;
    case "hour":
      return shown.hour;
    case "day":
      return shown.date;
    case "week":
      return isoWeek(shown.date);
    case "month":
      return shown.date.slice(0, 7);
  }
}

/** Counting weeks from the one with January 4th. */
function isoWeek(date: string): string {
  const day = Date.parse(date) / 86_400_000;
  const mondayOf = (at: number) => at - ((at + 3) % 7);
  const firstOf = (year: number) => mondayOf(Date.parse(`${year}-01-04`) / 86_400_000);
  const year = Number(date.slice(0, 4));
  const isoYear = day < firstOf(year) ? year - 1 : day >= firstOf(year + 1) ? year + 1 : year;
  return `${isoYear}-W${String((mondayOf(day) - firstOf(isoYear)) / 7 + 1).padStart(2, "0")}`;
}

function holds(timeZone: string, per: Period, atMs: number): void {
  const { key, startMs, endMs } = windowsIn(timeZone)(per, atMs);
  const show = wall(timeZone);
  const of = (at: number) => label(per, show(at));
  expect(startMs).toBeLessThanOrEqual(atMs);
  expect(endMs).toBeGreaterThan(atMs);
  expect([of(startMs), of(endMs - 1)]).toEqual([of(atMs), of(atMs)]);
  expect(of(startMs - 1)).not.toBe(of(atMs));
  expect(of(endMs)).not.toBe(of(atMs));
  if (per === "day" || per === "week" || per === "month") expect(key).toBe(of(atMs));
}

describe("a window begins and ends where the wall's clock and calendar change", () => {
  const instants = fc.integer({ min: Date.UTC(2014, 0, 1), max: Date.UTC(2036, 0, 1) });

  test.each(PERIODS)("%s, at any time, in any zone", (per) => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...ZONES), (at, zone) => holds(zone, per, at)),
      { numRuns: 150 },
    );
  });

  test.each([
    ["Europe/Berlin", "2026-03-28"],
    ["Europe/Berlin", "2026-10-24"],
    ["Asia/Kolkata", "2026-03-28"],
    ["America/Havana", "2026-03-07"],
    ["America/Havana", "2026-10-31"],
    ["Asia/Beirut", "2026-03-28"],
    ["Asia/Beirut", "2026-10-24"],
    ["Australia/Lord_Howe", "2026-04-04"],
    ["Australia/Lord_Howe", "2026-10-03"],
  ])("every hour in %s from %s on, when clocks change or do not", (zone, date) => {
    const begin = Date.parse(date);
    for (let at = begin; at < begin + 48 * HOUR; at += HOUR / 2) {
      for (const per of ["hour", "day"] as const) holds(zone, per, at + 17 * 60_000);
    }
  });
});

describe("windows of note", () => {
  const spans: [zone: string, per: Period, at: string, key: string, hours: number][] = [
    ["Europe/Berlin", "day", "2026-03-29T12:00Z", "2026-03-29", 23],
    ["Europe/Berlin", "day", "2026-10-25T12:00Z", "2026-10-25", 25],
    ["Europe/Berlin", "month", "2026-03-31T21:59Z", "2026-03", 31 * 24 - 1],
    ["Europe/Berlin", "month", "2026-03-31T22:00Z", "2026-04", 30 * 24],
    ["Europe/Berlin", "week", "2026-03-23T00:00Z", "2026-W13", 7 * 24 - 1],
    ["Asia/Kolkata", "day", "2026-11-29T18:29Z", "2026-11-29", 24],
    ["Asia/Kolkata", "day", "2026-11-29T18:30Z", "2026-11-30", 24],
    ["UTC", "week", "2027-01-02T00:00Z", "2026-W53", 7 * 24],
    ["America/Havana", "day", "2026-11-01T12:00Z", "2026-11-01", 25],
    ["Europe/Berlin", "hour", "2026-10-25T00:30Z", "2026-10-25T02+02:00", 1],
    ["Europe/Berlin", "hour", "2026-10-25T01:30Z", "2026-10-25T02+01:00", 1],
    ["Australia/Lord_Howe", "hour", "2026-04-04T15:10Z", "2026-04-05T01+10:30", 0.5],
    ["UTC", "minute", "2026-11-29T17:05:59.999Z", "2026-11-29T17:05Z", 1 / 60],
  ];

  test.each(spans)("%s: the %s of %s is %s, %d hours long", (zone, per, at, key, hours) => {
    const window = windowsIn(zone)(per, Date.parse(at));
    expect(window.key).toBe(key);
    expect((window.endMs - window.startMs) / HOUR).toBeCloseTo(hours, 9);
  });

  test("an unknown zone is an error, and a clock that is set back finds the window before", () => {
    expect(() => windowsIn("Europe/Bonn")).toThrow(RangeError);
    const at = windowsIn("UTC");
    expect(["2026-11-30", "2026-11-29"].map((day) => at("day", Date.parse(day)).key)).toEqual(["2026-11-30", "2026-11-29"]);
  });
});

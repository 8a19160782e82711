// Spans of time as people write them: `30s`, `10m`, `2h`, `1d`, and `off` for none.
import { checkedText } from "./fields.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST_MS = 30 * 86_400_000;
export const NO_TIME = "off";

const PATTERN = /^(\d{1,7})([smhd])$/;

export const duration = checkedText((text) => {
  if (text === NO_TIME) return undefined;
  const ms = durationMs(text);
  if (!PATTERN.test(text) || ms === 0) return `must be such as 30s, 10m, 2h or 1d, or ${NO_TIME}`;
  return ms > LONGEST_MS ? "must be at most 30d" : undefined;
});

/** Milliseconds; of `off`, 0. */
export function durationMs(text: string): number {
  const [, number, unit] = PATTERN.exec(text) ?? [];
  return Number(number ?? 0) * (UNITS[unit ?? ""] ?? 0);
}

// Figures as cells of a table: short, with as many digits as they bear. The column's title says the unit.
import type { Estimate } from "../evaluate/result.ts";

const NOTHING = "–";

/** `68.0`, of a fraction; without digits behind the point from 100 up. */
export function percentCell(fraction: number | undefined): string {
  if (fraction === undefined) return NOTHING;
  const percent = 100 * fraction;
  return Math.abs(percent) >= 99.95 ? percent.toFixed(0) : percent.toFixed(1).replace(/^-(0\.0)$/, "$1");
}

/** `.571`, `1.000` */
export function areaCell(area: number | undefined): string {
  return area === undefined ? NOTHING : area.toFixed(3).replace(/^(-?)0\./, "$1.");
}

/** Dollars. */
export function costCell(dollars: number | undefined): string {
  if (dollars === undefined) return NOTHING;
  return dollars >= 100 ? dollars.toFixed(0) : dollars >= 0.01 || dollars === 0 ? dollars.toFixed(2) : dollars.toPrecision(2);
}

/** `[66.1–69.9]`; nothing where the interval is a point. */
export function intervalCell(estimate: Estimate | undefined, cell: (value: number) => string): string {
  if (estimate === undefined || estimate.low === estimate.high) return "";
  return `[${cell(estimate.low)}–${cell(estimate.high)}]`;
}

/** `45.2 % [40.1–50.3]`; `–` where it is not defined. */
export function percentText(estimate: Estimate | undefined): string {
  if (estimate === undefined) return NOTHING;
  return `${percentCell(estimate.value)} % ${intervalCell(estimate, percentCell)}`.trimEnd();
}

/** `1,313` */
export function countText(count: number): string {
  return count.toLocaleString("en-US");
}

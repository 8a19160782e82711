// Figures as sentences show them: percentages without needless digits, differences in points of a hundred.

/** `31 %`; under ten per cent with one digit behind the point: `4.2 %`. */
export function percent(fraction: number): string {
  return `${hundredths(fraction)} %`;
}

/** `[6–12]`, of fractions, in points. The ends of a difference that is told as fewer are turned over by the caller. */
export function pointRange(low: number, high: number): string {
  return `[${hundredths(low)}–${hundredths(high)}]`;
}

/** `9`, `0.4`, `-2.1`: hundredths. */
export function hundredths(fraction: number): string {
  const points = 100 * fraction;
  const text = Math.abs(points) < 9.95 ? points.toFixed(1) : points.toFixed(0);
  return text.replace(/\.0$/, "").replace(/^-0$/, "0");
}

/** `0.648` */
export function thousandths(fraction: number): string {
  return fraction.toFixed(3);
}

// Draws rows with given chances, exactly as many as these add up to: systematic sampling (Madow 1949) through the rows in a random order,
// stratum by stratum, so that each brings as many as it should, to the next whole number. Pure: the same seed draws the same rows.
import { randomSource } from "../evaluate/random-source.ts";
import type { Design } from "./inclusion.ts";

/** Row numbers, in an order that tells nothing: whoever labels the first hundred has a sample too. */
export function draw({ size, inclusion, strata }: Design, seed: number): readonly number[] {
  const random = randomSource(seed);
  for (let warm = 0; warm < WARM_UP; warm++) random();
  const order = shuffled(inclusion.length, random).toSorted((a, b) => (strata[a] ?? 0) - (strata[b] ?? 0));
  const drawn: number[] = [];
  let [passed, next] = [0, random()];
  for (const row of order) {
    passed += inclusion[row] ?? 0;
    if (passed <= next || drawn.length === size) continue;
    drawn.push(row);
    next++;
  }
  const last = order.at(-1);
  if (drawn.length < size && last !== undefined && drawn.at(-1) !== last) drawn.push(last); // the sum was rounded down
  return shuffled(drawn.length, random).map((at) => drawn[at] ?? 0);
}

/** Seeds that follow each other begin alike. */
const WARM_UP = 16;

function shuffled(count: number, random: () => number): readonly number[] {
  const rows = Array.from({ length: count }, (_, row) => row);
  for (let at = count - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [rows[at], rows[other]] = [rows[other] ?? 0, rows[at] ?? 0];
  }
  return rows;
}

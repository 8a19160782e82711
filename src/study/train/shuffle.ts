// Puts numbers into a random order.

/** In place. `random` gives numbers from 0 to below 1. */
export function shuffle(items: Int32Array | Uint32Array, random: () => number): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const item = items[last] ?? 0;
    items[last] = items[other] ?? 0;
    items[other] = item;
  }
}

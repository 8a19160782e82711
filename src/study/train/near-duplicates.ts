// Finds prompts that are nearly the same, so that cross-validation never tests on what it has trained on. Likeness is the share of features
// that two rows have in common (Jaccard); candidates come from MinHash bands and each is verified.

const BANDS = 10;
const ROWS_A_BAND = 4; // two rows of likeness 0.6 share a band with a chance of 0.75, of likeness 0.8 of 0.99
const LIKENESS = 0.6;
const COMPARED = 8; // members of a band that each newcomer is compared with

/** For each row the number of its cluster: that of its first row. `features` are ascending. */
export function nearDuplicates(features: readonly Int32Array[]): Int32Array {
  const parents = Int32Array.from(features, (_, row) => row);
  const signature = new Uint32Array(BANDS * ROWS_A_BAND);
  const bands = Array.from({ length: BANDS }, () => new Map<number, number[]>());
  features.forEach((own, row) => {
    minHash(own, signature);
    for (const [band, members] of bands.entries()) {
      const key = bandKey(signature, band);
      const alike = members.get(key);
      if (alike === undefined) {
        members.set(key, [row]);
        continue;
      }
      for (const other of alike) if (likeness(own, features[other] ?? own) >= LIKENESS) join(parents, row, other);
      if (alike.length < COMPARED) alike.push(row);
    }
  });
  return parents.map((_, row) => rootOf(parents, row));
}

/** The least of each hash over the features. */
function minHash(features: Int32Array, signature: Uint32Array): void {
  signature.fill(0xffffffff);
  for (const feature of features) {
    for (let k = 0; k < signature.length; k++) {
      const mixed = Math.imul(feature ^ (k * 0x9e3779b1), 0x85ebca6b);
      const hash = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> 0;
      if (hash < (signature[k] ?? 0)) signature[k] = hash;
    }
  }
}

function bandKey(signature: Uint32Array, band: number): number {
  let key = 0;
  for (let k = band * ROWS_A_BAND; k < (band + 1) * ROWS_A_BAND; k++) key = Math.imul(key, 31) + (signature[k] ?? 0);
  return key | 0;
}

function likeness(a: Int32Array, b: Int32Array): number {
  let [i, j, common] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const difference = (a[i] ?? 0) - (b[j] ?? 0);
    if (difference === 0) common++;
    if (difference <= 0) i++;
    if (difference >= 0) j++;
  }
  const all = a.length + b.length - common;
  return all === 0 ? 1 : common / all;
}

function join(parents: Int32Array, a: number, b: number): void {
  const [first, second] = [rootOf(parents, a), rootOf(parents, b)];
  parents[Math.max(first, second)] = Math.min(first, second);
}

function rootOf(parents: Int32Array, row: number): number {
  let root = row;
  while (parents[root] !== root) {
    const next = parents[root] ?? root;
    parents[root] = parents[next] ?? next;
    root = next;
  }
  return root;
}

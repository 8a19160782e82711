// The Pareto front: settings that no other beats in both cost and quality.

export interface Offer {
  readonly cost: number; // less is better
  readonly quality: number; // more is better
}

/** For each offer, whether no other is at least as good in both and better in one. Equal offers stand together. */
export function onFront(offers: readonly Offer[]): readonly boolean[] {
  const order = offers.map((_, at) => at).sort((a, b) => compare(offers[a] as Offer, offers[b] as Offer));
  const front = offers.map(() => false);
  let best: Offer | undefined;
  for (const at of order) {
    const offer = offers[at] as Offer;
    const equal = best !== undefined && offer.cost === best.cost && offer.quality === best.quality;
    if (best !== undefined && !equal && offer.quality <= best.quality) continue;
    front[at] = true;
    best = offer;
  }
  return front;
}

/** Cheapest first; of equals the best first. */
function compare(a: Offer, b: Offer): number {
  return a.cost - b.cost || b.quality - a.quality;
}

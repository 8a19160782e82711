// Entries offered to siblings: nobody's only when all of them have refused.
import { describe, expect, test } from "vitest";
import type { AccessLogEntry } from "../../src/envoy/wire/access-log.ts";
import { createOffers } from "../../src/processes/offers.ts";

const entries = ["a", "b", "c"].map((requestId) => ({ requestId }) as AccessLogEntry);

function offered(siblings: number) {
  const nobodys: string[] = [];
  let now = 0;
  const offers = createOffers(
    ({ requestId }) => nobodys.push(requestId),
    () => now,
  );
  const about = offers.add(entries, siblings);
  return { nobodys, offers, about, pass: (ms: number) => (now += ms) };
}

describe("an offer", () => {
  test("is nobody's at once where there is no sibling", () => {
    expect(offered(0).nobodys).toEqual(["a", "b", "c"]);
  });

  test("is nobody's where all siblings have refused, and waits for the last of them", () => {
    const { nobodys, offers, about } = offered(2);
    offers.refused(about, [0, 2]);
    expect(nobodys).toEqual([]);
    offers.refused(about, [1, 2]);
    expect(nobodys).toEqual(["c"]);
  });

  test("is refused whole by a sibling that is gone", () => {
    const { nobodys, offers, about } = offered(2);
    offers.refused(about, undefined);
    offers.refused(about, [1]);
    expect(nobodys).toEqual(["b"]);
  });

  test("goes, when a sibling does not answer in time, by what the others have said; a late answer says nothing more", () => {
    const { nobodys, offers, about, pass } = offered(2);
    offers.refused(about, [0]);
    pass(999);
    offers.expire(1000);
    expect(nobodys).toEqual([]);
    pass(1);
    offers.expire(1000);
    expect(nobodys).toEqual(["a"]);
    offers.refused(about, undefined);
    expect(nobodys).toEqual(["a"]);
  });
});

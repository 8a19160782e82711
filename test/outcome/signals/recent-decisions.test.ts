// The table of recent decisions: what was said of each request is found again, whatever the others, and the last ones are always there.
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { recentDecisions } from "../../../src/outcome/signals/recent-decisions.ts";

const decision = (reason: string, tier = "weak") => ({ tier, policy: "main@v7", reason });

describe("recent decisions", () => {
  test("of tens of thousands each is found as it was set, with who sent it", () => {
    const all = recentDecisions(50_000);
    const set = Array.from({ length: 50_000 }, (_, at) => ({
      id: randomUUID(),
      decision: decision(`reason ${at % 300}`, at % 2 === 0 ? "weak" : "strong"),
      voter: at % 3 === 0 ? undefined : at % 5 === 0 ? 0 : Math.imul(at, 0x9e3779b1) | 0,
    }));
    for (const { id, decision, voter } of set) all.set(id, decision, voter);
    expect(set.map(({ id }) => all.get(id))).toEqual(set.map(({ decision, voter }) => ({ decision, voter })));
    expect(all.get(randomUUID())).toBeUndefined();
  });

  test("the last of them are there after any number, and no more than twice as many", () => {
    const all = recentDecisions(100);
    const ids = Array.from({ length: 1050 }, (_, at) => `request ${at}`);
    for (const id of ids) all.set(id, decision("keyword"), undefined);
    const found = ids.map((id) => all.get(id) !== undefined);
    expect(found.slice(-100)).not.toContain(false);
    expect(found.filter((each) => each).length).toBeLessThanOrEqual(200);
  });

  test("of two with one id the later counts, and it is one", () => {
    const all = recentDecisions(2);
    for (let at = 0; at < 10; at++) all.set("twice", decision(`reason ${at}`), at);
    all.set("other", decision("keyword"), undefined);
    expect(all.get("twice")).toEqual({ decision: decision("reason 9"), voter: 9 });
  });

  test("details are not kept: they may be as many as requests", () => {
    const all = recentDecisions(10);
    all.set("a", { ...decision("keyword"), detail: "prove" }, undefined);
    expect(all.get("a")?.decision).toEqual(decision("keyword"));
  });

  test("of kinds beyond what there may be nothing is remembered, and the others go on", () => {
    const all = recentDecisions(100_000);
    for (let at = 0; at < 40_000; at++) all.set(`request ${at}`, decision(`reason ${at}`), undefined);
    expect(all.get("request 32766")?.decision.reason).toBe("reason 32766");
    expect(all.get("request 32767")).toBeUndefined();
    all.set("another", decision("reason 5"), -1);
    expect(all.get("another")).toEqual({ decision: decision("reason 5"), voter: -1 });
  });
});

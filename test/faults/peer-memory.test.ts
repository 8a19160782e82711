// Peers that have us hold what they never finish, or answers they never take: in short. All kinds together, for longer, in long/.
import { describe, expect, test } from "vitest";
import { attackable } from "../support/memory-under-attack.ts";

const BUDGET_MB = 64;

describe("16 hostile connections and a budget of 64 MB", () => {
  test.each<[string, string, string]>([
    ["messages one byte short", "partial", "partial"],
    ["answers without a window", "unread", "unsent"],
  ])("%s: what is held stays within it, all of it is let go, and others are served", async (_, kind, why) => {
    const sluice = await attackable(BUDGET_MB << 20);
    const toll = await sluice.attack({ kinds: [kind], connections: 16, cutOffs: 20 });
    expect(toll.mostHeldMB).toBeGreaterThan(BUDGET_MB / 2);
    expect(toll.mostHeldMB).toBeLessThan(BUDGET_MB + 8);
    expect(toll.mostMB).toBeLessThan(BUDGET_MB + 200);
    expect(Object.keys(toll.others.answers)).toEqual(["weak"]);
    expect(await sluice.cutOffs(why)).toBeGreaterThan(20);
  });
});

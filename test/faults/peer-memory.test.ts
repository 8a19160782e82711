// Peers that have us hold what they never finish, or answers they never take: in short. All kinds together, for longer, in long/.
import { describe, expect, test } from "vitest";
import { attacked } from "../support/memory-under-attack.ts";
import { metric } from "../support/metrics.ts";

const MB = 1 << 20;
const BUDGET = 64 * MB;

describe("16 hostile connections and a budget of 64 MB", () => {
  test.each<[string, string, string]>([
    ["messages one byte short", "partial", "partial"],
    ["answers without a window", "unread", "unsent"],
  ])("%s: what is held stays within it, all of it is let go, and others are served", async (_, kind, why) => {
    const toll = await attacked({ kinds: [kind], connections: 16, budgetBytes: BUDGET, until: (_held, cutOffs) => cutOffs > 20 });
    expect(toll.mostHeldBytes).toBeGreaterThan(BUDGET / 2);
    expect(toll.mostHeldBytes).toBeLessThan(BUDGET + 8 * MB);
    expect(toll.mostBytes - toll.beforeBytes).toBeLessThan(BUDGET + 100 * MB);
    expect([...toll.answers.keys()]).toEqual(["weak"]);
    expect(await metric(toll.adminUrl, "sluice_cut_off_calls_total", { why })).toBeGreaterThan(20);
  });
});

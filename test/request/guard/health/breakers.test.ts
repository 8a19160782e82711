// Breakers of tiers and of providers: which of them an outcome moves, and what outlives a reload.
import { describe, expect, test } from "vitest";
import { BREAKER_DEFAULTS } from "../../../../src/config/capabilities/breaker.ts";
import { type BreakerTier, breakers } from "../../../../src/request/guard/health/breakers.ts";

const TIERS: readonly BreakerTier[] = [
  { name: "weak", provider: "azure" },
  { name: "mid", provider: "azure" },
  { name: "high", provider: "azure" },
  { name: "strong", provider: "own" },
];

function watched(tiers = TIERS) {
  let nowMs = 1_000_000;
  const changes: string[] = [];
  const all = breakers({
    now: () => nowMs,
    random: () => 0,
    onChange: ({ kind, name }, to) => changes.push(`${kind} ${name} ${to}`),
  });
  all.use(BREAKER_DEFAULTS, tiers);
  return {
    all,
    changes,
    pass: (ms: number) => {
      nowMs += ms;
    },
    ends(tier: string, letters: string) {
      for (const letter of letters) all.ended(tier, letter === "f", nowMs);
    },
    states: () => tiers.map(({ name }) => all.stateOf(name)),
  };
}

const f = (count: number) => "f".repeat(count);
const g = (count: number) => "g".repeat(count);

describe("outcomes", () => {
  test.each<[why: string, ended: readonly (readonly [string, string])[], changes: readonly string[]]>([
    [
      "of one tier move its own breaker, not its provider's, whose others are well",
      [
        ["mid", g(5)],
        ["weak", f(40)],
      ],
      ["tier weak open"],
    ],
    ["nor where nothing is known of the others", [["weak", f(40)]], ["tier weak open"]],
    [
      "of two tiers that fail take the third with them, which has none",
      [
        ["weak", f(20)],
        ["mid", f(5)],
      ],
      ["tier weak open", "provider azure open"],
    ],
    [
      "do so before either has failed often enough by itself",
      [
        ["weak", f(12)],
        ["mid", f(8)],
      ],
      ["provider azure open"],
    ],
    [
      "do not where the third is seen to be well",
      [
        ["high", g(5)],
        ["weak", f(12)],
        ["mid", f(12)],
      ],
      [],
    ],
    ["of a provider's only tier are its own alone", [["strong", f(20)]], ["tier strong open"]],
    ["of a tier that is not known are nobody's", [["gone", f(50)]], []],
  ])("%s", (_, ended, changes) => {
    const one = watched();
    for (const [tier, letters] of ended) one.ends(tier, letters);
    expect(one.changes).toEqual(changes);
    expect(one.all.areClosed).toBe(changes.length === 0);
  });
});

describe("a provider that fails", () => {
  const failing = () => {
    const one = watched();
    one.ends("weak", f(12));
    one.ends("mid", f(8));
    return one;
  };

  test("keeps requests away from all its tiers, and from no other", () => {
    expect(failing().states()).toEqual(["open", "open", "open", "closed"]);
  });

  test("is tried with one of ten requests for any of its tiers, and well again with five that succeed", () => {
    const one = failing();
    one.pass(BREAKER_DEFAULTS.opensForMs);
    expect(one.states()).toEqual(["half-open", "half-open", "half-open", "closed"]);
    const drawn = Array.from({ length: 40 }, (_, index) => one.all.drawsProbe(index % 2 === 0 ? "weak" : "high"));
    expect(drawn.filter(Boolean)).toHaveLength(4);
    one.ends("weak", g(3));
    one.ends("high", g(2));
    expect(one.states()).toEqual(["closed", "closed", "closed", "closed"]);
    expect(one.all.areClosed).toBe(true);
  });
});

describe("a reload", () => {
  const open = () => {
    const one = watched();
    one.ends("weak", f(20));
    one.ends("strong", f(20));
    return one;
  };

  test("leaves breakers as they are, and a new tier has its own", () => {
    const one = open();
    one.all.use({ ...BREAKER_DEFAULTS }, [...TIERS, { name: "new", provider: undefined }]);
    expect([one.all.stateOf("weak"), one.all.stateOf("strong"), one.all.stateOf("new")]).toEqual(["open", "open", "closed"]);
    expect(one.all.areClosed).toBe(false);
  });

  test("that takes the failing tiers away leaves none open", () => {
    const one = open();
    one.all.use(BREAKER_DEFAULTS, [{ name: "mid", provider: "azure" }]);
    expect(one.all.areClosed).toBe(true);
    one.pass(BREAKER_DEFAULTS.opensForMs);
    expect(one.all.areClosed).toBe(true);
  });

  test("with other settings begins anew, and without any there are no breakers", () => {
    const one = open();
    one.all.use({ ...BREAKER_DEFAULTS, least: 30 }, TIERS);
    expect(one.all.areClosed).toBe(true);
    one.ends("weak", f(30));
    one.all.use(undefined, TIERS);
    expect(one.all.areClosed).toBe(true);
    expect(one.states()).toEqual([undefined, undefined, undefined, undefined]);
  });
});

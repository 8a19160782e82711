// What an outcome says of its tiers: who failed, who is well, how long was waited, and of whom nothing is known.
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../../src/outcome/join/outcome.ts";
import type { Served } from "../../../src/outcome/join/served.ts";
import { reportHealth } from "../../../src/outcome/join/tier-health.ts";

const SERVED: Served = {
  startedAtMs: 0,
  tier: "weak",
  cluster: "weak",
  fellBack: false,
  attempts: 1,
  status: 200,
  responseFlags: [],
  firstByteMs: 120,
  durationMs: 900,
  requestBytes: 10,
  responseBytes: 10,
};

function told(served: Partial<Served> | undefined, more: object = {}) {
  const ended: unknown[] = [];
  const waited: unknown[] = [];
  const health = {
    breakers: { ended: (...args: unknown[]) => ended.push(args) },
    latencies: { waited: (tier: string, _size: unknown, ...rest: unknown[]) => waited.push([tier, ...rest]) },
  };
  const decided = { decision: { tier: "weak" }, measured: { inputTokens: 100, stream: false }, made: { atMs: 5000 } };
  const outcome = {
    ...{ kind: "joined", isChat: true, failure: undefined, decided, served: served && { ...SERVED, ...served } },
    ...more,
  } as unknown as Outcome;
  reportHealth(health, outcome, { epochMs: 6000, monotonicMs: 3000 });
  return { ended, waited };
}

const DECIDED_MS = 2000;
const good = (tier: string) => [tier, false, DECIDED_MS];
const failed = (tier: string) => [tier, true, DECIDED_MS];

describe("an outcome says that", () => {
  test.each<[what: string, served: Partial<Served>, ended: readonly unknown[], more?: object]>([
    ["the tier is well, by a good answer", {}, [good("weak")]],
    ["it failed, by a 500", { status: 500 }, [failed("weak")]],
    ["it failed, by a 503 that Envoy gave for it", { status: 503, responseFlags: ["UF"] }, [failed("weak")]],
    ["it failed, by a 504", { status: 504, responseFlags: ["UT"], firstByteMs: undefined }, [failed("weak")]],
    ["it failed, by an overloaded Anthropic", { status: 529 }, [failed("weak")]],
    ["it failed, by its own 429", { status: 429 }, [failed("weak")]],
    ["nothing, by the gateway's 429", { status: 429, responseFlags: ["RL"] }, []],
    ["it failed, by an error in a 200", {}, [failed("weak")], { failure: "error" }],
    ["it failed, by a stream cut short", {}, [failed("weak")], { failure: "cut-short" }],
    ["nothing, by a client's mistake", { status: 400 }, []],
    ["nothing, by a client that left", { status: 0, responseFlags: ["DC"], firstByteMs: undefined }, []],
    ["nothing, by a route that is not there", { status: 503, responseFlags: ["NC"] }, []],
    ["the one decided failed where another answered", { fellBack: true, tier: "strong" }, [failed("weak"), good("strong")]],
    ["both failed where that did not help", { fellBack: true, tier: "strong", status: 503 }, [failed("weak"), failed("strong")]],
    ["the one decided is meant where the cluster is no tier's", { tier: undefined, status: 502 }, [failed("weak")]],
  ])("%s", (_, served, ended, more) => {
    expect(told(served, more).ended).toEqual(ended);
  });

  test.each<[what: string, served: Partial<Served> | undefined, more?: object]>([
    ["another process decided", {}, { kind: "elsewhere" }],
    ["went unrouted", {}, { kind: "unrouted", decided: undefined }],
    ["Envoy never reported", undefined, { kind: "unknown" }],
    ["was no chat", {}, { isChat: false }],
  ])("nothing, where it %s", (_, served, more) => {
    expect(told(served, more)).toEqual({ ended: [], waited: [] });
  });
});

describe("the first byte", () => {
  const waited = (ms: number, isOver: boolean) => [["weak", { ms, isOver }, DECIDED_MS]];

  test.each<[what: string, served: Partial<Served>, expected: readonly unknown[]]>([
    ["came after so long", {}, waited(120, true)],
    ["of an error says nothing: errors are quick", { status: 500 }, []],
    ["of another tier than was decided came after the first one's time, too", { fellBack: true, tier: "strong" }, []],
    [
      "had not come at the deadline",
      { status: 504, responseFlags: ["UT"], firstByteMs: undefined, durationMs: 30_000 },
      waited(30_000, true),
    ],
    [
      "had not come when the client left",
      { status: 0, responseFlags: ["DC"], firstByteMs: undefined, durationMs: 4000 },
      waited(4000, false),
    ],
    ["never came, and nobody waited", { status: 503, responseFlags: ["UH"], firstByteMs: undefined, durationMs: 1 }, []],
  ])("%s", (_, served, expected) => {
    expect(told(served).waited).toEqual(expected);
  });
});

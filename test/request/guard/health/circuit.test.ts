// The breaker of one tier by a clock that stands still: when it opens, how it is tried, and what it does not listen to.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BREAKER_DEFAULTS } from "../../../../src/config/capabilities/breaker.ts";
import { type CircuitState, circuit } from "../../../../src/request/guard/health/circuit.ts";
import { probeDraw } from "../../../../src/request/guard/health/probe-draw.ts";

const START_MS = 1_000_000;
const OPENS_FOR = BREAKER_DEFAULTS.opensForMs;

function watched() {
  let nowMs = START_MS;
  const changes: CircuitState[] = [];
  const one = circuit(BREAKER_DEFAULTS, { random: () => 0.5, onChange: (to) => changes.push(to) });
  const ended = (isFailed: boolean, decidedMs = nowMs) => one.ended(isFailed, decidedMs, nowMs);
  return {
    changes,
    state: () => one.stateAt(nowMs),
    pass: (ms: number) => {
      nowMs += ms;
    },
    now: () => nowMs,
    ended,
    /** One every `everyMs`: a letter each, `f` for a failure. */
    run(letters: string, everyMs = 10) {
      for (const letter of letters) {
        nowMs += everyMs;
        ended(letter === "f");
      }
    },
    fails: (least: number) => one.failsAt(nowMs, least),
  };
}

const times = (count: number, letters: string) => letters.repeat(count);

describe("a breaker opens", () => {
  test.each<[why: string, letters: string, everyMs: number, expected: CircuitState]>([
    ["with the 20th outcome, where all failed", times(20, "f"), 10, "open"],
    ["not with the 19th", times(19, "f"), 10, "closed"],
    ["where half of them failed", times(10, "gf"), 10, "open"],
    ["not where fewer did", `${times(11, "g")}${times(9, "f")}`, 10, "closed"],
    ["not where they came one in two seconds: 15 in the window", times(30, "f"), 2000, "closed"],
    ["within 2 s where most fail after hours without a failure", `${times(6000, "g")}${times(200, "f")}`, 10, "open"],
    ["not so soon where few requests come", `${times(300, "g")}${times(40, "f")}`, 50, "closed"],
    ["not at a steady 40 %", times(2000, "gfgfg"), 10, "closed"],
  ])("%s", (_, letters, everyMs, expected) => {
    const one = watched();
    one.run(letters, everyMs);
    expect(one.state()).toBe(expected);
  });

  test("never where all succeed, at whatever pace", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000), { maxLength: 400 }), (pauses) => {
        const one = watched();
        for (const pause of pauses) one.run("g", pause);
        return one.changes.length === 0;
      }),
    );
  });

  test("never with fewer than twenty outcomes, however many of them failed", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 19 }), (failures) => {
        const one = watched();
        for (const failed of failures) one.run(failed ? "f" : "g", 1);
        return one.state() === "closed";
      }),
    );
  });
});

describe("an open breaker", () => {
  const opened = () => {
    const one = watched();
    one.run(times(20, "f"));
    return one;
  };
  const tried = () => {
    const one = opened();
    one.pass(OPENS_FOR);
    expect(one.state()).toBe("half-open");
    return one;
  };

  test("is tried after its time, not before", () => {
    const one = opened();
    one.pass(OPENS_FOR - 1);
    expect(one.state()).toBe("open");
    one.pass(1);
    expect(one.state()).toBe("half-open");
  });

  test("closes after five that succeed, and needs twenty anew to open", () => {
    const one = tried();
    one.run("gggg");
    expect(one.state()).toBe("half-open");
    one.run("g");
    expect(one.state()).toBe("closed");
    one.run(times(19, "f"));
    expect(one.state()).toBe("closed");
    one.run("f");
    expect(one.state()).toBe("open");
  });

  test("opens again with one that fails, for twice as long, and never for more than 5 minutes", () => {
    const one = tried();
    const lasted: number[] = [];
    for (let round = 0; round < 7; round++) {
      one.run("ggf");
      const since = one.now();
      while (one.state() === "open") one.pass(1000);
      lasted.push(one.now() - since);
    }
    expect(lasted).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000, 300_000]);
  });

  test("that healed is in new trouble only after a while: the next is as short as the first", () => {
    const one = tried();
    one.run(`f`);
    one.pass(30_000);
    one.run("ggggg");
    one.pass(2 * BREAKER_DEFAULTS.opensAtMostMs);
    one.run(times(20, "f"));
    one.pass(OPENS_FOR);
    expect(one.state()).toBe("half-open");
  });

  test("hears nothing of requests decided before it was tried: neither of those that failed, nor of those that succeeded", () => {
    const one = tried();
    for (let index = 0; index < 10; index++) one.ended(index % 2 === 0, START_MS + 100);
    expect(one.state()).toBe("half-open");
  });

  test("that has closed hears nothing of the failures from before", () => {
    const one = tried();
    const before = one.now();
    one.run("ggggg");
    for (let index = 0; index < 100; index++) one.ended(true, before);
    expect(one.state()).toBe("closed");
  });

  test("counts as failing until it closes; one with few outcomes is not known", () => {
    const one = tried();
    expect(one.fails(5)).toBe(true);
    one.run("ggggg");
    expect(one.fails(5)).toBeUndefined();
    one.run("ggggg");
    expect(one.fails(5)).toBe(false);
  });
});

describe("probes", () => {
  test("are one of ten in each ten, whatever the draw, and so never more than a tenth and one", () => {
    const draws = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
    fc.assert(
      fc.property(draws, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 500 }), (random, every, requests) => {
        const draw = probeDraw(every, () => random.next().value ?? 0);
        let drawn = 0;
        for (let request = 1; request <= requests; request++) {
          if (draw.isDrawn()) drawn++;
          if (request % every === 0 && drawn !== request / every) return false;
        }
        return drawn <= Math.ceil(requests / every);
      }),
    );
  });
});

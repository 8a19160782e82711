import { describe, expect, test } from "vitest";
import { ShareKeeper, type ShareSettings, type ThresholdMove } from "../../../../src/request/policy/learned/share-keeper.ts";
import { randomSource } from "../../../../src/study/evaluate/random-source.ts";

const firm = (at: number) => ({ at, isFirm: true });
const SETTINGS: ShareSettings = { target: 0.65, start: 0.65, min: firm(0.1), max: firm(0.95) };

/** Runs scores through a keeper; the weak share it comes to in each part of the run. */
function run(settings: ShareSettings, scores: Iterable<number>, part = 10_000) {
  const moves: ThresholdMove[] = [];
  const keeper = new ShareKeeper(settings, { onMove: (move) => moves.push(move), onHeld() {}, onLeftOut() {} });
  const shares: number[] = [];
  let [weak, seen] = [0, 0];
  for (const score of scores) {
    if (score < keeper.threshold) weak++;
    keeper.observe(score, undefined);
    if (++seen % part > 0) continue;
    shares.push(weak / part);
    weak = 0;
  }
  return { moves, shares, threshold: keeper.threshold };
}

function* drawn(count: number, shape: (uniform: number) => number, seed = 1) {
  const random = randomSource(seed);
  for (let at = 0; at < count; at++) yield shape(random());
}

describe("the keeper of a weak share", () => {
  test.each([
    ["higher than in training", (uniform: number) => uniform ** 0.5],
    ["lower than in training", (uniform: number) => uniform ** 2],
    ["crowded in a narrow band", (uniform: number) => 0.2 + uniform / 50],
  ])("comes within a point of its target on scores %s, and stays there", (_what, shape) => {
    const { shares } = run(SETTINGS, drawn(80_000, shape));
    for (const share of shares.slice(1)) expect(Math.abs(share - 0.65)).toBeLessThan(0.015);
    const settled = shares.slice(2).reduce((sum, share) => sum + share, 0) / (shares.length - 2);
    expect(Math.abs(settled - 0.65)).toBeLessThan(0.01);
  });

  test("follows traffic that changes in the middle", () => {
    const before = [...drawn(30_000, (uniform) => uniform)];
    const after = [...drawn(40_000, (uniform) => uniform ** 2, 2)];
    const { shares } = run(SETTINGS, [...before, ...after]);
    expect(Math.abs((shares[4] ?? 0) - 0.65)).toBeLessThan(0.015);
    expect(Math.abs((shares[6] ?? 0) - 0.65)).toBeLessThan(0.015);
  });

  test("moves seldom while the share is right", () => {
    const { moves } = run(
      SETTINGS,
      drawn(200_000, (uniform) => uniform),
    );
    expect(moves.length).toBeLessThan(20);
    expect(moves.filter(({ requests }) => requests > 4096).length).toBeLessThan(5);
  });

  test("does not move before it has seen enough, and then says from where, to where and why", () => {
    expect(
      run(
        SETTINGS,
        drawn(255, (uniform) => uniform ** 2),
      ).moves,
    ).toEqual([]);
    const { moves, threshold } = run(
      SETTINGS,
      drawn(256, (uniform) => uniform ** 2),
    );
    expect(moves).toHaveLength(1);
    expect(moves[0]).toMatchObject({ from: 0.65, to: threshold, requests: 256 });
    expect(moves[0]?.observedShare).toBeGreaterThan(0.7);
  });

  test.each([
    ["below", (uniform: number) => uniform / 100, 0.1],
    ["above", (uniform: number) => 0.99 + uniform / 100, 0.95],
  ])("stays within its bounds where the target lies %s them, and reports that it got there once", (_what, shape, bound) => {
    const { moves, threshold } = run(SETTINGS, drawn(50_000, shape));
    expect(threshold).toBe(bound);
    expect(moves).toHaveLength(1);
  });

  test("stands still where all scores are the same", () => {
    const { moves } = run(
      { ...SETTINGS, start: 0.5 },
      drawn(50_000, () => 0.5),
    );
    expect(moves.length).toBeLessThanOrEqual(1);
  });

  test("does the same for the same scores", () => {
    const scores = [...drawn(50_000, (uniform) => uniform ** 3)];
    expect(run(SETTINGS, scores)).toEqual(run(SETTINGS, scores));
  });
});

describe("one sender among others", () => {
  const OPEN: ShareSettings = { ...SETTINGS, min: firm(0), max: firm(1) };
  const HOSTILE = 0x7fffffff;
  // Of a share t, with a tenth of the weight under (or over) every threshold: t - (t - 0.1) / 0.9, and t / 0.9 - t.
  const PULLED_DOWN = 0.65 - (0.65 - 0.1) / 0.9;
  const PULLED_UP = 0.65 / 0.9 - 0.65;
  /** How far off the threshold may be by chance: what is not moved for, two standard errors of what counts, and the sample's own. */
  const CHANCE = 0.05;

  interface Crowd {
    readonly requests: number;
    readonly hostile: number; // share of the requests
    readonly users: number; // the others, whose scores are spread evenly: the threshold is their weak share
    readonly score: (threshold: number) => number; // of the hostile one's requests
    readonly quiet?: number; // requests before he begins
    readonly named?: boolean;
  }

  /** Where the threshold went. */
  function crowd({ requests, hostile, users, score, quiet = 0, named = true }: Crowd) {
    const random = randomSource(5);
    let leftOut = 0;
    let hostileRequests = 0;
    const keeper = new ShareKeeper(OPEN, {
      onMove() {},
      onHeld() {},
      onLeftOut(scores) {
        leftOut += scores;
      },
    });
    let [lowest, highest] = [1, 0];
    for (let at = 0; at < requests; at++) {
      if (at >= quiet && random() < hostile) {
        hostileRequests++;
        keeper.observe(score(keeper.threshold), HOSTILE);
      } else {
        const user = Math.imul(Math.floor(random() * users) + 1, 0x9e3779b1);
        keeper.observe(random(), named ? user : undefined);
      }
      lowest = Math.min(lowest, keeper.threshold);
      highest = Math.max(highest, keeper.threshold);
    }
    return { lowest, highest, at: keeper.threshold, leftOut, hostileRequests };
  }

  const ATTACKS = [
    ["all far below", () => 0],
    ["all far above", () => 1],
    ["just below, wherever it stands", (threshold: number) => Math.max(0, threshold - 0.001)],
    ["just above, wherever it stands", (threshold: number) => Math.min(1, threshold + 0.001)],
  ] as const;

  test.each(ATTACKS)("who sends nine of ten requests, %s, moves the threshold of fifty by his tenth and no more", (_what, score) => {
    const { lowest, highest, leftOut, hostileRequests } = crowd({ requests: 300_000, hostile: 0.9, users: 50, score });
    expect(lowest).toBeGreaterThan(0.65 - PULLED_DOWN - CHANCE);
    expect(highest).toBeLessThan(0.65 + PULLED_UP + CHANCE);
    expect(leftOut).toBeGreaterThan(0.98 * (hostileRequests - 16_384));
  });

  test.each(ATTACKS)("who floods with a thousand for each of theirs, %s, pushes nobody out of what is remembered", (_what, score) => {
    const flood = { requests: 400_000, hostile: 0.999, users: 50, quiet: 30_000 };
    const { lowest, highest } = crowd({ ...flood, score });
    expect(lowest).toBeGreaterThan(0.65 - PULLED_DOWN - CHANCE);
    expect(highest).toBeLessThan(0.65 + PULLED_UP + CHANCE);
  });

  test("who does not say who they are is not held back: they may be many, and the bounds of the threshold are what is left", () => {
    const { at, leftOut } = crowd({ requests: 100_000, hostile: 0, users: 50, score: () => 0, named: false });
    expect([Math.abs(at - 0.65) < 0.02, leftOut]).toEqual([true, 0]);
  });

  test("beside so few others that a tenth would be less than eight requests leaves the threshold where it is", () => {
    const keeper = new ShareKeeper(OPEN, { onMove: () => expect.unreachable("it stays"), onHeld() {}, onLeftOut() {} });
    for (let user = 0; user < 71; user++) keeper.observe(0.1, Math.imul(user + 1, 0x9e3779b1));
    for (let at = 0; at < 50_000; at++) keeper.observe(0, HOSTILE);
    expect(keeper.threshold).toBe(0.65);
  });

  test.each([
    ["alone is followed as if nobody had a name", 0],
    ["beside three strays, too", 3],
  ])("%s", (_what, strays) => {
    const random = randomSource(7);
    const keeper = new ShareKeeper(OPEN, { onMove() {}, onHeld() {}, onLeftOut: () => expect.unreachable("nobody is held back") });
    const send = (count: number, shape: (uniform: number) => number) => {
      for (let at = 0; at < count; at++) {
        const isStray = at % 500 < strays;
        keeper.observe(shape(random()), isStray ? Math.imul((at % 500) + 2, 0x9e3779b1) : HOSTILE);
      }
    };
    send(20_000, (uniform) => uniform);
    expect(Math.abs(keeper.threshold - 0.65)).toBeLessThan(0.02);
    send(3000, (uniform) => uniform ** 2);
    expect(Math.abs(keeper.threshold - 0.65 ** 2)).toBeLessThan(0.03);
  });

  test("does not keep a change of everybody's requests from being seen", () => {
    const random = randomSource(11);
    const keeper = new ShareKeeper(OPEN, { onMove() {}, onHeld() {}, onLeftOut() {} });
    const send = (count: number, shape: (uniform: number) => number) => {
      for (let at = 0; at < count; at++) keeper.observe(shape(random()), Math.imul(Math.floor(random() * 100), 0x9e3779b1));
    };
    send(30_000, (uniform) => uniform);
    send(3000, (uniform) => uniform ** 2);
    expect(Math.abs(keeper.threshold - 0.65 ** 2)).toBeLessThan(0.06);
  });
});

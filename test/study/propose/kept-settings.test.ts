// What a newly trained policy keeps of the learned one in whose place it stands.
import { describe, expect, test } from "vitest";
import type { ScoreBand } from "../../../src/request/policy/learned/bands.ts";
import { keptSettings } from "../../../src/study/propose/kept-settings.ts";

const ORDER = ["weak", "strong"];
const topics = (sets: Readonly<Record<string, readonly string[]>>) => ({ topics: { sets, order: ORDER, told: ["law", "chat"] } });
const band = (name: string, from?: number, below?: number): ScoreBand => ({ from, below, shape: { name } as ScoreBand["shape"] });

describe("tiers by topic", () => {
  test.each([
    ["stay where the new model tells the topic", { law: ["strong"] }, ["tax", "law"], { law: ["strong"] }, []],
    ["go where it does not", { law: ["strong"], chat: ["weak"] }, ["chat"], { chat: ["weak"] }, [{ what: "topic", topic: "law" }]],
    ["go where it tells none", { law: ["strong"] }, [], undefined, [{ what: "topic", topic: "law" }]],
    ["of other stay where all is told that was told before", { other: ["weak"] }, ["chat", "law", "tax"], { other: ["weak"] }, []],
    [
      "of other go where a topic would be other now",
      { law: ["strong"], other: ["weak"] },
      ["law"],
      { law: ["strong"] },
      [{ what: "other-topics" }],
    ],
  ])("%s", (_, sets, told, kept, leftOut) => {
    const expected = kept === undefined ? {} : { topics: { sets: kept, order: ORDER } };
    expect(keptSettings(topics(sets), told)).toEqual({ ...expected, leftOut });
  });
});

describe("bands", () => {
  test.each([
    ["that end at the threshold stay", [band("over", 0), band("under", undefined, 0)], true],
    ["for any score stay", [band("all")], true],
    [
      "with an end off the threshold go, and with them those behind, which would get what is theirs",
      [band("near", -0.1, 0), band("all")],
      false,
    ],
    ["that begin off the threshold go", [band("sure", 0.3)], false],
    ["that end off the threshold go", [band("easy", undefined, -0.2)], false],
  ])("%s", (_, bands, stay) => {
    const names = bands.map(({ shape }) => shape.name);
    expect(keptSettings({ bands }, [])).toEqual(stay ? { bands, leftOut: [] } : { leftOut: [{ what: "bands", names }] });
  });
});

test("a policy that had neither has nothing to lose", () => {
  expect(keptSettings({}, ["law"])).toEqual({ leftOut: [] });
});

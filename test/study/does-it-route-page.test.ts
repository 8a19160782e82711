// docs/does-it-route.md: what can be computed here, from the example set and from the generated sessions, is what the page says.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { evaluateCommand } from "../../src/cli/evaluate.ts";
import { SESSION_DEFAULTS } from "../../src/request/guard/session-rule.ts";
import { randomSource } from "../../src/study/evaluate/random-source.ts";
import type { Estimate } from "../../src/study/evaluate/result.ts";
import { areaCell, costCell, percentCell } from "../../src/study/report/figure-cells.ts";
import { GENERATED_POLICIES, generatedSessions } from "../../src/study/sessions/generated.ts";
import { measuredWays } from "../../src/study/sessions/measure.ts";
import type { WayResult } from "../../src/study/sessions/session-result.ts";
import { catchPrinted } from "../support/printed.ts";

const PAGE = readFileSync(new URL("../../docs/does-it-route.md", import.meta.url), "utf8");
const printed = catchPrinted();

test("the lines about one tier and about flips are what the commands above them print", async () => {
  const data = new URL("../../examples/parity.jsonl", import.meta.url).pathname;
  await evaluateCommand(["evaluate"]).parseAsync(["--data", data, "--policy", "v7", "--robust"], { from: "user" });
  for (const words of ["one tier", "flips"]) {
    const [line] = printed.output.split("\n").filter((each) => each.trimStart().startsWith(`${words}:`));
    expect(PAGE).toContain(`    $ npx --no-install sluice evaluate --data examples/parity.jsonl --policy v7`);
    expect(PAGE).toContain(`\n    ${line}\n`);
  }
});

describe("the table of generated sessions", () => {
  const PRICES = [
    { tier: "weak", inputPerMTok: 1, cachedInputPerMTok: 0.1, cacheWritePerMTok: 1.25, outputPerMTok: 5 },
    { tier: "strong", inputPerMTok: 5, cachedInputPerMTok: 0.5, cacheWritePerMTok: 6.25, outputPerMTok: 25 },
  ];
  const sessions = generatedSessions(60_000, randomSource(1));
  const settings = { ...SESSION_DEFAULTS, prices: PRICES, policies: GENERATED_POLICIES, seed: 1, resamples: 1000 };
  const ways = measuredWays(sessions, settings);
  const NAMES = {
    "all-weak": "all weak",
    "all-strong": "all strong",
    "per-request": "by request",
    sticky: "sticky",
    session: "session rule",
  };
  const nameOf = ({ way, policy }: WayResult) => (policy === undefined ? NAMES[way] : `${policy}, ${NAMES[way]}`);

  test("is of the sessions that the command makes", () => {
    expect(PAGE).toContain(`On ${sessions.flat().length.toLocaleString("en-US")} turns in ${sessions.length} sessions`);
  });

  test.each(ways.map((way) => [nameOf(way), way] as const))("says of %s what is measured", (name, way) => {
    const row = PAGE.split("\n").find((line) => line.startsWith(`| ${name} |`)) ?? "";
    const told = (estimate: Estimate | undefined, cell: (value: number) => string) =>
      `${cell(estimate?.value ?? 0)} [${cell(estimate?.low ?? 0)}–${cell(estimate?.high ?? 0)}]`;
    const [, , cost, , , unsafe, cached, quality] = row.split("|").map((each) => each.trim());
    expect(cost).toBe(told(way.costPerSession, costCell));
    expect(unsafe?.replaceAll("*", "")).toBe(way.unsafe.toLocaleString("en-US"));
    expect(cached?.replace(" %", "")).toBe(told(way.cachedShare, percentCell));
    expect(quality).toBe(way.way === "all-strong" ? "1.000" : told(way.quality, areaCell));
  });
});

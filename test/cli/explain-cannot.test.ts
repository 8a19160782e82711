// What `sluice explain` says of a request that the tier decided cannot take.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { explainCommand } from "../../src/cli/explain.ts";
import { catchPrinted } from "../support/printed.ts";

const printed = catchPrinted();
const folder = mkdtempSync(join(tmpdir(), "sluice-explain-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("what each tier lacks is shown beside what the policy wanted", async () => {
  const [request, file] = [join(folder, "request.json"), join(folder, "sluice.yaml")];
  const tiers = "tiers: [{ name: weak, can: { tools: false }, contextTokens: 1000 }, { name: mid, contextTokens: 1000 }, { name: strong }]";
  writeFileSync(file, `${tiers}\npolicies: { main: { type: rules, rules: [{ name: hi, tier: weak }] } }`);
  writeFileSync(request, JSON.stringify({ messages: [{ role: "user", content: "hi" }], tools: [{ name: "f" }], max_tokens: 1000 }));
  await explainCommand().parseAsync([request, "--config", file], { from: "user" });
  expect(
    printed.output
      .replaceAll(/@[0-9a-f]{8}/g, "@HASH")
      .split("\n")
      .slice(0, 7),
  ).toEqual([
    "tier      strong",
    "policy    main@HASH",
    "reason    cannot (tools-window)",
    "wanted    weak, rule (hi)",
    "cannot    weak: tools, a window for about 8 tokens, 15 % more to be safe and 1000 of an answer",
    "cannot    mid: a window for about 8 tokens, 15 % more to be safe and 1000 of an answer",
    "signal    rule hi  matches",
  ]);
});

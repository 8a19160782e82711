// What explain says of a request whose answer is judged.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { explainCommand } from "../../src/cli/explain.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-explain-cascade-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

const CONFIG = `tiers: [{ name: weak }, { name: strong }]
active: main
policies: { main: { type: fixed, tier: cascade } }
cascade: { steps: [weak, strong] }`;

async function explained(...options: readonly string[]): Promise<string> {
  const [request, file] = [join(folder, "request.json"), join(folder, "sluice.yaml")];
  writeFileSync(request, JSON.stringify({ messages: [{ role: "user", content: "hi" }] }));
  writeFileSync(file, CONFIG);
  printed.output = "";
  await explainCommand().parseAsync([request, "--config", file, ...options], { from: "user" });
  return printed.output;
}

test("the tier that is asked first, and those that are asked then", async () => {
  expect((await explained()).split("\n")).toEqual(
    expect.arrayContaining(["tier      weak", "cascade   weak, then strong, as soon as an answer is not good enough"]),
  );
  expect(JSON.parse(await explained("--json"))).toMatchObject({ tier: "weak", cascade: ["weak", "strong"] });
});

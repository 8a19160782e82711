// A consensus on a real Envoy: two tiers are asked, and the third where they differ; the client sees one answer, byte for byte.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load.ts";
import type { Outcome } from "../../src/outcome/join/outcome.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { askOf, CONSENSUS_POLICY, type Scripts, streamed, withThreeSteps } from "../support/cascade.ts";
import { diagnose } from "../support/doctor.ts";
import { OLDEST_ENVOY, startEnvoy, type TestEnvoy } from "../support/envoy.ts";
import { metric } from "../support/metrics.ts";
import { jsonOf, type ModelServer, type Script, startModelServer } from "../support/model-servers.ts";
import { catchPrinted } from "../support/printed.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const printed = catchPrinted();
const say = (text: string, more: Partial<Script> = {}): Script => ({ words: text.split(/(?<= )/), ...more });
const TWELVE = say("The answer is 12.");
const ALIKE = say("Three times four, as I see it: the answer is 12.");
const DEAR = say("It is thirteen.");

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  const outcomes: Outcome[] = [];
  let app: App;
  let envoy: TestEnvoy;
  let mid: ModelServer;
  let strong: ModelServer;

  beforeAll(async () => {
    const config = parseConfig(`listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }\n${CONSENSUS_POLICY}`, "test");
    app = await startApp({ onOutcome: (outcome) => outcomes.push(outcome), config, log: createLogger({ level: "silent" }) });
    stopAtEnd(() => app.close());
    const [weak, ...others] = await Promise.all([startModelServer("weak"), startModelServer("mid"), startModelServer("strong")]);
    [mid, strong] = others;
    const edit = (yaml: string) => withThreeSteps(yaml, mid.address);
    envoy = await startEnvoy({ version, sluice: app.extProcAddress, weak: weak.address, strong: strong.address, edit });
  });

  const ask = (scripts: Scripts, options?: Parameters<typeof askOf>[2]) => askOf(envoy.url, scripts, options);

  it.each<[string, Scripts, "mid" | "strong"]>([
    ["both say the same: the second's", { weak: TWELVE, mid: ALIKE, strong: DEAR }, "mid"],
    ["they differ: the third's", { weak: TWELVE, mid: say("The answer is 13."), strong: DEAR }, "strong"],
    ["both refuse: the third's", { weak: say("I cannot help."), mid: say("I cannot help."), strong: DEAR }, "strong"],
    ["the first cannot be had: the third's", { weak: { status: 503 }, mid: ALIKE, strong: DEAR }, "strong"],
    ["the second cannot be had: the third's", { weak: TWELVE, mid: { status: 503 }, strong: DEAR }, "strong"],
    ["the first is slow", { weak: { ...TWELVE, everyMs: 30 }, mid: { ...ALIKE, everyMs: 30 }, strong: DEAR }, "mid"],
  ])("%s answer, streamed or not", async (_what, scripts, tier) => {
    for (const stream of [true, false]) {
      const got = await ask(scripts, { stream });
      const script = tier === "mid" ? (scripts.mid ?? {}) : scripts.strong;
      expect([got.status, got.text]).toEqual([200, stream ? streamed(tier, got.id, script) : jsonOf(tier, got.id, script)]);
    }
  });

  it("of 200 at a time none is lost, doubled, mixed, or compared with another's", async () => {
    const all = await Promise.all(
      Array.from({ length: 200 }, async (_, at) => {
        const isAlike = at % 3 !== 0;
        const script = say(`So the answer is ${isAlike ? at : at + 1}.`, { everyMs: at % 5 });
        const got = await ask({ weak: say(`The answer is ${at}.`), mid: script, strong: DEAR });
        const expected = isAlike ? streamed("mid", got.id, script) : streamed("strong", got.id, DEAR);
        return { isExact: got.text === expected, asked: [mid.asked.get(got.id), strong.asked.get(got.id)], isAlike };
      }),
    );
    expect(all.filter(({ isExact }) => !isExact)).toEqual([]);
    expect(all.filter(({ asked, isAlike }) => String(asked) !== (isAlike ? "1," : "1,1"))).toEqual([]);
  });

  it("the doctor finds nothing wrong with it, but that here mid has no route of its own", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "sluice-consensus-")), "sluice.yaml");
    writeFileSync(file, CONSENSUS_POLICY);
    expect((await diagnose(printed, "--envoy-admin", envoy.adminUrl, "--config", file)).ids).toEqual(["tier-without-route"]);
  });

  it("what the first cost is told beside the outcome of the second", async () => {
    const { requestId } = await ask({ weak: TWELVE, mid: ALIKE, strong: DEAR }, { stream: false });
    const outcome = await waitFor("the outcome", () => outcomes.find((each) => each.requestId === requestId));
    expect(outcome).toMatchObject({
      served: { tier: "mid", attempts: 2, fellBack: false },
      discarded: [{ tier: "weak", reason: "to-compare", basis: "exact", inputTokens: 7, outputTokens: 4 }],
    });
    const admin = `http://${app.adminAddress}`;
    expect(await metric(admin, "sluice_judged_answers_total", { tier: "weak", result: "kept" })).toBeGreaterThan(0);
    expect(await metric(admin, "sluice_judged_answers_total", { result: "unmatched" })).toBe(0);
  });
});

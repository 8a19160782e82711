// The whole loop as docs/learning-loop.md has it, its commands taken from there: from an empty folder, through a real Envoy and with models
// by script, to a rollout that has begun. What the proposal predicts is what the rollout then measures.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { RolloutStatus } from "../../src/outcome/rollout/status.ts";
import { startChild } from "../../src/setup/stack/child.ts";
import { randomSource } from "../../src/study/evaluate/random-source.ts";
import type { Estimate } from "../../src/study/evaluate/result.ts";
import { shareOf } from "../../src/study/evaluate/wilson.ts";
import type { ProposalReport } from "../../src/study/propose/proposal-text.ts";
import { madeRows } from "../study/propose/made-rows.ts";
import { startEnvoy } from "../support/envoy.ts";
import { freePort } from "../support/free-port.ts";
import { type Scripts, startScriptedModel } from "../support/loop-models.ts";
import { metric } from "../support/metrics.ts";
import { SLUICE_MAIN } from "../support/sluice.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const PAGE = readFileSync(new URL("../../docs/learning-loop.md", import.meta.url), "utf8");
const FIRST_PART = PAGE.slice(PAGE.indexOf("## From an empty folder"), PAGE.indexOf("## ", PAGE.indexOf("## From an empty folder") + 3));
const CONFIG = /```yaml\n([\s\S]*?)```/.exec(FIRST_PART)?.[1] ?? "";
const COMMANDS = [...FIRST_PART.matchAll(/^ {4}\$ (.*)$/gm)].map((match) => match[1] ?? "");

const REQUESTS = 700;
const ABREAST = 16;
const HARD = "kubernetes";
const RIGHT = { weak: { hard: 0.1, easy: 0.92 }, strong: { hard: 0.97, easy: 0.97 } } as const;
/** Two weeks that are alike: what is tested is the prediction, not how it holds when the traffic is another. */
const WEEKS = [
  { seed: 1, from: 1 },
  { seed: 7, from: 10_001 },
] as const;

const SCRIPTS: Scripts = {
  requestIn(text) {
    const number = /number (\d+)/.exec(text)?.[1];
    return number === undefined ? undefined : { number: Number(number), isHard: text.includes(HARD) };
  },
  isRight(model, { number, isHard }) {
    return randomSource(number * 2 + (model === "weak" ? 0 : 1))() < RIGHT[model][isHard ? "hard" : "easy"];
  },
};

/** Everyday requests, some of them about what weak cannot do. */
function week({ seed, from }: (typeof WEEKS)[number]): readonly string[] {
  const { labelled } = madeRows({ seed, rows: REQUESTS, planted: { word: HARD, language: "en", share: 0.15, needs: 1 } });
  return labelled.map(({ body }, at) => {
    const { messages } = JSON.parse(Buffer.from(body).toString()) as { readonly messages: readonly [{ readonly content: string }] };
    return `${messages[0].content} number ${from + at}`;
  });
}

interface Served {
  readonly model: string | null;
  readonly arm: string | null;
  readonly isRight: boolean;
}

async function ask(url: string, prompt: string): Promise<Served> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "any", messages: [{ role: "user", content: prompt }] }),
  });
  const isRight = (await response.text()).includes("this is right");
  return { model: response.headers.get("x-model"), arm: response.headers.get("x-arm"), isRight };
}

async function askAll(url: string, prompts: readonly string[]): Promise<readonly Served[]> {
  const left = [...prompts];
  const served: Served[] = [];
  const worker = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) served.push(await ask(url, next));
  };
  await Promise.all(Array.from({ length: ABREAST }, worker));
  return served;
}

/** The page's commands, with what stands for its addresses. */
function shellIn(cwd: string, variables: Readonly<Record<string, string>>) {
  const run = promisify(execFile);
  return async (command: string): Promise<string> => {
    const ours = command.replaceAll("npx --no-install sluice", '"$NODE" "$SLUICE"');
    const env = { ...process.env, ...variables, NODE: process.execPath, SLUICE: SLUICE_MAIN };
    return (await run("/bin/sh", ["-c", ours], { cwd, env, timeout: 120_000 })).stdout;
  };
}

async function startIn(folder: string) {
  const [extProc, admin] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  writeFileSync(join(folder, "sluice.yaml"), `${CONFIG}listen: { extProc: "${extProc}", admin: "${admin}" }\n`);
  const child = startChild(process.execPath, [SLUICE_MAIN, "serve", "--config", "sluice.yaml"], { cwd: folder });
  stopAtEnd(child.stop);
  const adminUrl = `http://${admin}`;
  await waitFor("sluice is ready", async () => child.hasExited() || (await fetch(`${adminUrl}/readyz`)).ok, 20_000);
  return { extProc, adminUrl };
}

test("from an empty folder to a rollout whose figures are those that were predicted", { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-loop-"));
  stopAtEnd(async () => rmSync(folder, { recursive: true, force: true }));
  const models = await Promise.all((["weak", "strong", "judge"] as const).map((model) => startScriptedModel(model, SCRIPTS)));
  const [weak = "", strong = "", judge = ""] = models;
  const { extProc, adminUrl } = await startIn(folder);
  const envoy = await startEnvoy({ sluice: extProc, weak, strong });
  await askAll(envoy.url, week(WEEKS[0]));
  const written = () => metric(adminUrl, "sluice_decision_log_lines_total", { result: "written" });
  await waitFor("all are logged", async () => (await written()) === REQUESTS);

  const shell = shellIn(folder, { WEAK: `http://${weak}`, STRONG: `http://${strong}`, JUDGE: `http://${judge}`, ADMIN: adminUrl });
  const copied = COMMANDS.findIndex((command) => command.startsWith("cp "));
  const said: string[] = [];
  for (const command of COMMANDS.slice(0, copied + 1)) said.push(await shell(command));
  expect(said.join("")).toContain(`new keyword ${HARD}`);
  await waitFor("the reload", async () => (await metric(adminUrl, "sluice_config_reloads_total", { result: "ok" })) === 1);
  for (const command of COMMANDS.slice(copied + 1)) said.push(await shell(command));
  const [status] = JSON.parse(await shell("npx --no-install sluice rollout --json --admin $ADMIN")) as readonly [RolloutStatus];
  expect(status).toMatchObject({ share: 0.5, status: "running", candidate: expect.stringMatching(/^proposed@/) });

  const served = await askAll(envoy.url, week(WEEKS[1]));
  const { proposal } = JSON.parse(readFileSync(join(folder, "proposal", "proposal.json"), "utf8")) as ProposalReport;
  expectCovered(proposal.comparison?.figures ?? [], served);
  if (process.env["SLUICE_SHOW"] !== undefined) process.stderr.write(COMMANDS.map((command, at) => `$ ${command}\n${said[at]}\n`).join(""));
});

type Figures = NonNullable<ProposalReport["proposal"]["comparison"]>["figures"];

/** Of either arm, the first tier's share and the quality of the answers; and the change for the better is no small one. */
function expectCovered(figures: Figures, served: readonly Served[]): void {
  const arms = [
    ["before", "stable"],
    ["after", "candidate"],
  ] as const;
  for (const [side, arm] of arms) {
    const ofArm = served.filter((each) => each.arm === arm);
    const outcomes = { weakShare: ofArm.map(({ model }) => model === "weak"), quality: ofArm.map(({ isRight }) => isRight) };
    for (const [figure, measured] of Object.entries(outcomes)) {
      const predicted = figures.find((each) => each.figure === figure)?.[side];
      expect({ arm, figure, ...meeting(predicted, measured) }).toMatchObject({ meets: true });
    }
  }
  expect(figures.find(({ figure }) => figure === "quality")?.change.low).toBeGreaterThan(0.03);
}

/** Whether the predicted interval and the measured one, both of 95 %, have values in common. */
function meeting(predicted: Estimate | undefined, outcomes: readonly boolean[]) {
  const measured = shareOf(outcomes.filter((outcome) => outcome).length, outcomes.length);
  const meets = predicted !== undefined && outcomes.length > 200 && predicted.low <= measured.high && predicted.high >= measured.low;
  return { meets, predicted, measured, requests: outcomes.length };
}

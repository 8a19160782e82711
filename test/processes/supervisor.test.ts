// Supervising processes, with a small program in place of sluice that says what it is told to.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { type Supervisor, supervise } from "../../src/processes/supervisor.ts";
import { waitFor } from "../support/wait-for.ts";

/** `extProc` says how it behaves; it answers with its pid, and counts one request. */
const PROGRAM = `
import { appendFileSync } from "node:fs";
const say = (message) => process.send(message);
let behaves = "";
process.on("message", (message) => {
  if (message.kind === "start") {
    behaves = message.task.extProc;
    appendFileSync(message.task.folder + "/pids", process.pid + "\\n");
    console.error("started as " + behaves);
    if (behaves === "ends") process.exit(3);
    if (behaves === "refuses") return say({ kind: "refused", code: "listen-in-use", message: "taken", hint: "free it" });
    say({ kind: "serving", extProc: behaves + "-bound", policy: "main@v7" });
  }
  if (message.kind === "ask" && message.question.about === "metrics") {
    const text = "# HELP sluice_decisions d\\n# TYPE sluice_decisions counter\\nsluice_decisions_total 1\\n# EOF\\n";
    say({ kind: "answer", id: message.id, value: text });
  }
  if (message.kind === "ask" && message.question.about === "config") say({ kind: "answer", id: message.id, value: process.pid });
  if (message.kind === "end" && behaves !== "stays") process.exit(0);
});
process.on("SIGTERM", () => {});
`;
const folder = mkdtempSync(join(tmpdir(), "sluice-supervisor-"));
const program = join(folder, "program.mjs");
writeFileSync(program, PROGRAM);
afterAll(() => rmSync(folder, { recursive: true }));

let lines: Record<string, unknown>[] = [];
let errors: string[] = [];
const running: Supervisor[] = [];
afterEach(async () => {
  for (const supervisor of running.splice(0)) await supervisor.close(5000);
  [lines, errors] = [[], []];
});

async function started(...behaviours: readonly string[]): Promise<Supervisor> {
  const log = createLogger({
    level: "info",
    destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  const tasks = behaviours.map((extProc, index) => {
    return { index, count: behaviours.length, configPath: undefined, extProc, folder, voterSalt: 1, log: { text: false, colour: false } };
  });
  const output = { stdout() {}, stderr: (line: string) => void errors.push(line) };
  const supervisor = await supervise({ program: pathToFileURL(program), tasks, output, log, restartMs: { first: 20, most: 80 } });
  running.push(supervisor);
  return supervisor;
}

const pids = async (supervisor: Supervisor) => (await supervisor.ask({ about: "config" })) as number[];
const isThere = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const decisions = async (supervisor: Supervisor) =>
  (await supervisor.metrics()).get("sluice_decisions")?.samples.get("sluice_decisions_total")?.value;

describe("supervised processes", () => {
  test("serve where they say, are asked in order, and their lines come through", async () => {
    const supervisor = await started("a", "b");
    expect(supervisor).toMatchObject({ extProc: ["a-bound", "b-bound"], policy: "main@v7" });
    expect(supervisor.ready()).toBe(true);
    const [first, second] = await pids(supervisor);
    expect(first).not.toBe(second);
    expect(errors.toSorted()).toEqual(["started as a", "started as b"]);
  });

  test("one that is killed is started again where it was, and what it had counted stays counted", async () => {
    const supervisor = await started("a", "b");
    expect(await decisions(supervisor)).toBe(2);
    const [first = 0, second] = await pids(supervisor);
    process.kill(first, "SIGKILL");
    await waitFor("it is missed", () => supervisor.ready() === "process 0 of 2 is being started again");
    await waitFor("it is back", () => supervisor.ready() === true);
    const [anew, same] = await pids(supervisor);
    expect([anew === first, same === second]).toEqual([false, true]);
    expect(supervisor.restarts()).toBe(1);
    expect(errors).toContain("started as a-bound");
    expect(await decisions(supervisor)).toBe(3);
    expect(lines).toContainEqual(expect.objectContaining({ level: "error", process: 0, pid: first, signal: "SIGKILL", inMs: 20 }));
  });

  test("one that ends again and again is waited for longer each time, up to a bound", async () => {
    const supervisor = await started("a", "b");
    const waits = () => lines.flatMap(({ inMs }) => (typeof inMs === "number" ? [inMs] : []));
    for (const [times, wait] of [20, 40, 80, 80].entries()) {
      const [, pid = 0] = await waitFor("both serve", async () => supervisor.ready() === true && (await pids(supervisor)));
      process.kill(pid, "SIGKILL");
      await waitFor("its end is noticed", () => waits().length === times + 1);
      expect(waits()[times]).toBe(wait);
    }
  });

  test.each([
    ["ends before it serves", "ends", "process-ended", "exit code 3"],
    ["says why it cannot", "refuses", "listen-in-use", "taken"],
  ])("where one %s, none is left", async (_what, behaves, code, message) => {
    const error = await started("a", behaves).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
    const all = readFileSync(join(folder, "pids"), "utf8").trim().split("\n").map(Number);
    expect(all.length).toBeGreaterThan(1);
    expect(all.filter(isThere)).toEqual([]);
  });

  test("are all gone once closed, also one that does not want to end", async () => {
    const supervisor = await started("a", "stays");
    const before = await pids(supervisor);
    await supervisor.close(200);
    expect(before.map(isThere)).toEqual([false, false]);
    expect(supervisor.ready()).toBe("shutting down");
  });
});

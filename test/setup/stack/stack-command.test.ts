// `sluice stack` as a user runs it: the curl commands it prints work as they stand, every request becomes a line, and nothing stays behind.
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type Child, startChild } from "../../../src/setup/stack/child.ts";
import { envoyBin } from "../../support/envoy.ts";
import { freePort } from "../../support/free-port.ts";
import { curl, isTitle, listens, printedAddresses, servers } from "../../support/printed-stack.ts";
import { SLUICE_MAIN } from "../../support/sluice.ts";
import { stopAtEnd } from "../../support/teardown.ts";
import { waitFor } from "../../support/wait-for.ts";

const run = promisify(execFile);

interface RunningStack {
  readonly child: Child;
  readonly lines: readonly string[];
  readonly envoyAdmin: string;
  readonly url: string;
}

async function startCommand(args: readonly string[]): Promise<RunningStack> {
  const lines: string[] = [];
  const env = { ...process.env, ENVOY_BIN: await envoyBin() };
  const child = startChild(process.execPath, [SLUICE_MAIN, "stack", ...args], { env, onLine: (line) => lines.push(line) });
  stopAtEnd(child.stop);
  await waitFor("the stack is up", () => child.hasExited() || lines.some(isTitle), 30_000);
  const { url, envoyAdmin } = printedAddresses(lines);
  return { child, lines, url, envoyAdmin };
}

/** Lines of requests, in columns. Their order is that of Envoy's worker threads. */
function requests({ lines }: RunningStack): string[][] {
  return lines.slice(lines.findIndex(isTitle) + 1).map((line) => line.trim().split(/\s+/));
}

async function failure(args: readonly string[]): Promise<{ code: number; stderr: string; stdout: string }> {
  const env = { ...process.env, ENVOY_BIN: await envoyBin() };
  return run(process.execPath, [SLUICE_MAIN, "stack", ...args], { env }).then(
    () => ({ code: 0, stderr: "", stdout: "" }),
    (error: { code: number; stderr: string; stdout: string }) => error,
  );
}

describe("sluice stack", () => {
  it("prints three curl commands that work, shows what became of each, and leaves nothing behind on Ctrl-C", async () => {
    const port = await freePort();
    const stack = await startCommand(["--port", String(port)]);
    const commands = stack.lines.filter((line) => line.startsWith("  curl "));
    const answers = [];
    for (const command of commands) answers.push(await curl(command));
    expect(answers.map((answer) => /stand-in-(weak|strong)/.exec(answer)?.[1])).toEqual(["weak", "strong", "weak"]);
    expect(answers[2]).toMatch(/^data: .*\n\ndata: [\s\S]*data: \[DONE\]\n\n$/);

    await fetch(`${stack.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "x-stand-in-script": "weak=503" },
      body: '{"messages":[{"role":"user","content":"hello"}]}',
    });
    await waitFor("four request lines", () => requests(stack).length === 4);
    const shown = requests(stack).map(([tier, _reason, servedBy, status, attempts]) => [tier, servedBy, status, attempts].join(" "));
    expect(shown.sort()).toEqual(["strong strong 200 1", "weak strong 200 2", "weak weak 200 1", "weak weak 200 1"]);

    const addresses = [...(await servers(stack.envoyAdmin)), `127.0.0.1:${port}`];
    expect(addresses.length).toBe(4);
    stack.child.signal("SIGINT");
    await stack.child.exited;
    expect(stack.child.exitCode()).toBe(0);
    for (const address of addresses) expect(await listens(address)).toBe(false);
  });

  it("ends with an error, and ends everything, when Envoy dies", async () => {
    const stack = await startCommand(["--port", "0"]);
    const addresses = await servers(stack.envoyAdmin);
    await fetch(`${stack.envoyAdmin}/quitquitquit`, { method: "POST" });
    await stack.child.exited;
    expect(stack.child.exitCode()).toBe(1);
    expect(stack.lines.join("\n")).toContain("Envoy ended");
    for (const address of addresses) expect(await listens(address)).toBe(false);
  });

  it("puts a real server where a URL says", async () => {
    const server = createServer((request, response) => response.end(`real ${request.url}`));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    stopAtEnd(async () => void server.close());
    const { port } = server.address() as { port: number };
    const stack = await startCommand(["--port", "0", "--strong", `http://localhost:${port}/api/v4`]);
    const response = await fetch(`${stack.url}/v1/chat/completions`, {
      method: "POST",
      body: '{"messages":[{"role":"user","content":"Design it."}]}',
    });
    expect(await response.text()).toBe("real /api/v4/chat/completions");
    await waitFor("the request line", () => requests(stack).some(([tier, , servedBy]) => tier === "strong" && servedBy === "strong"));
    await stack.child.stop();
  });

  it("runs several processes of sluice, all by its command line, shows the requests of each, and leaves none behind", async () => {
    const stack = await startCommand(["--port", "0", "--processes", "2", "--weak-model", "small"]);
    const ask = async () => {
      const body = '{"model":"glm-5","messages":[{"role":"user","content":"hello"}]}';
      const response = await fetch(`${stack.url}/v1/chat/completions`, { method: "POST", headers: { "x-stand-in-echo": "1" }, body });
      return ((await response.json()) as { model: unknown }).model;
    };
    const models = [];
    for (let each = 0; each < 12; each++) models.push(await ask());
    expect(new Set(models)).toEqual(new Set(["small"]));
    await waitFor("a line for each request", () => requests(stack).length === models.length);
    expect(new Set(requests(stack).map(([tier, _reason, servedBy]) => `${tier} ${servedBy}`))).toEqual(new Set(["weak weak"]));
    const addresses = await servers(stack.envoyAdmin);
    expect(addresses.length).toBe(4); // two of sluice, two stand-ins
    stack.child.signal("SIGINT");
    await stack.child.exited;
    expect(stack.child.exitCode()).toBe(0);
    for (const address of addresses) expect(await listens(address)).toBe(false);
  });

  it("says in one line that the port is taken", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    stopAtEnd(async () => void server.close());
    const { port } = server.address() as { port: number };
    const { code, stderr } = await failure(["--port", String(port)]);
    expect(code).toBe(1);
    expect(stderr).toContain(`127.0.0.1:${port}`);
    expect(stderr).toContain("--port");
    expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
  });

  it.each([[["--port", "65536"]], [["--strong", "api.example"]], [["--config", "/nowhere.yaml"]]])(
    "refuses %j as wrong usage",
    async (args) => {
      expect((await failure(args)).code).toBe(2);
    },
  );
});

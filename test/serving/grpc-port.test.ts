// The port that Envoy's calls come to: a bug in what replies to a call ends that call, and is counted and said.
import { Client, credentials } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { createMetrics } from "../../src/outcome/telemetry/metrics.ts";
import { reportedMemory } from "../../src/outcome/telemetry/reported-memory.ts";
import { listenGrpc } from "../../src/serving/grpc-port.ts";

test.each(["http2", "grpc-js"])("a call that fails by %s is counted as a stream without an answer", async (transport) => {
  const { listen, limits } = parseConfig(`listen: { extProc: "127.0.0.1:0", transport: ${transport} }`, "test");
  const said: string[] = [];
  const log = createLogger({ level: "warn", destination: { write: (line) => void said.push(line) } });
  const metrics = createMetrics();
  const failing = () => ({
    message() {
      throw new Error("a bug");
    },
    halfClosed() {},
    closed() {},
  });
  const memory = reportedMemory(() => limits.bodyBudgetBytes, metrics, log);
  const port = await listenGrpc(listen, undefined, new Map([["/test.Test/Fail", failing]]), { metrics, log, memory });
  const client = new Client(port.address, credentials.createInsecure());
  try {
    const asIs = (bytes: Buffer) => bytes;
    const call = client.makeBidiStreamRequest("/test.Test/Fail", asIs, asIs).on("error", () => {});
    call.write(Buffer.from("x"));
    call.resume();
    expect(await new Promise((resolve) => call.on("status", resolve))).toMatchObject({ code: 13, details: "internal error" });
    expect((await metrics.expose("prometheus")).text).toContain('sluice_stream_failures_total{cause="internal-error"} 1\n');
    expect(said).toEqual([expect.stringContaining("a call failed")]);
  } finally {
    client.close();
    port.server.destroy();
    port.unwatch();
  }
});
